//! The stack depths at which libraries are measured.

use std::hint::black_box;

/// Number of stack depths.
pub(crate) const DEPTHS: usize = 16;

/// Minimum distance between two depths, in bytes of stack.
const STEP: usize = 256;

/// Runs `work` at stack depth number `depth`, less than [`DEPTHS`].
///
/// The position of the stack within its page can change a library's speed by a few percent without changing another's.
#[inline(never)]
pub(crate) fn run_at_depth<R>(depth: usize, work: impl FnOnce() -> R) -> R {
    let room = black_box([0u8; STEP]);
    let result = match depth {
        0 => run_in_own_frame(work),
        _ => run_at_depth(depth - 1, work),
    };
    black_box(&room);
    result
}

/// Runs `work` in a frame of its own, so that no step contains it.
#[inline(never)]
fn run_in_own_frame<R>(work: impl FnOnce() -> R) -> R {
    work()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_depth_is_at_least_a_step_below_the_previous_one() {
        let depths: Vec<usize> = (0..DEPTHS)
            .map(|depth| {
                run_at_depth(depth, || {
                    let here = 0u8;
                    black_box(&raw const here).addr()
                })
            })
            .collect();
        let are_steps = depths.windows(2).all(|pair| {
            pair[0]
                .checked_sub(pair[1])
                .is_some_and(|step| step >= STEP)
        });
        assert!(are_steps, "{depths:?}");
    }
}
