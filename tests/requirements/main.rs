//! What the standards ask of a record layer after the handshake, row by row. `docs/requirements.md` has the rows.
#![cfg(any(feature = "aws_lc_rs", feature = "ring"))]

mod handover;
mod opening;
mod reassembly;
mod sealing;
mod table;
