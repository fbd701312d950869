//! What callgrind writes.

/// Their strings and positions are written out in full.
pub(crate) const OPTIONS: [&str; 2] = ["--compress-strings=no", "--compress-pos=no"];

/// AES-GCM of both libraries for all but short records. It moves its stack away from the key, which takes a few
/// instructions more or fewer, as the two happen to lie; so these are left out. What it calls is not.
const NOT_COUNTED: &str = "aesni_gcm_";

/// The instructions in each part of `profile`.
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
            // What the callee takes, which stands under its own name too.
            lines.next();
        } else if let (Some(cost), Some(part), true) = (cost(line), parts.last_mut(), is_counted) {
            *part += cost;
        }
    }
    parts
}

/// Of a line of source: its number, and how many instructions it took.
fn cost(line: &str) -> Option<i64> {
    let (number, cost) = line.split_once(' ')?;
    number.parse::<u32>().ok()?;
    cost.parse().ok()
}
