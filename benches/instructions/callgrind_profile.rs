//! Reads the profile that callgrind writes.

/// Options of callgrind that write names and positions in full.
pub(crate) const OPTIONS: [&str; 2] = ["--compress-strings=no", "--compress-pos=no"];

/// The AES-GCM functions of both libraries for all but short records.
///
/// They move their stack away from the key, and the number of instructions for that depends on the addresses of the
/// two. So these functions are not counted, but the functions that they call are.
const NOT_COUNTED: &str = "aesni_gcm_";

/// Returns the number of instructions in each part of `profile`.
pub(crate) fn parts(profile: &str) -> Vec<i64> {
    let mut parts = Vec::new();
    let mut is_counted = true;
    let mut lines = profile.lines();
    while let Some(line) = lines.next() {
        if line.starts_with("part: ") {
            parts.push(0);
        } else if let Some(function) = line.strip_prefix("fn=") {
            is_counted = !function.contains(NOT_COUNTED);
        } else if line.starts_with("calls=") {
            // The next line is the cost of the callee, which is also listed under the callee's name.
            lines.next();
        } else if let (Some(cost), Some(part), true) = (cost(line), parts.last_mut(), is_counted) {
            *part += cost;
        }
    }
    parts
}

/// Parses a cost line, the number of a source line and its instructions, and returns the instructions.
fn cost(line: &str) -> Option<i64> {
    let (number, cost) = line.split_once(' ')?;
    number.parse::<u32>().ok()?;
    cost.parse().ok()
}
