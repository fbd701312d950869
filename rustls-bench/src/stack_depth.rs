//! How deep in the stack a library is measured.

use std::hint::black_box;

/// How many depths there are.
pub(crate) const DEPTHS: usize = 16;

/// Bytes of stack between two depths, at the least.
const STEP: usize = 256;

/// Does `work` at one of the [`DEPTHS`].
///
/// Where in its page the stack lies can make some percent of a difference, to one library and not to another.
#[inline(never)]
pub(crate) fn run_at_depth<R>(depth: usize, work: impl FnOnce() -> R) -> R {
    let room = black_box([0u8; STEP]);
    let result = match depth {
        0 => apart(work),
        _ => run_at_depth(depth - 1, work),
    };
    black_box(&room);
    result
}

/// Does `work` in a frame of its own, which no step has.
#[inline(never)]
fn apart<R>(work: impl FnOnce() -> R) -> R {
    work()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_depth_is_a_step_below_the_one_before() {
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
