//! What the pictures have in common.

use plotters::prelude::*;

use super::Origin;
use crate::host;

pub(super) type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

const FONT: &str = "Helvetica, Arial, sans-serif";
pub(super) const INK: RGBColor = RGBColor(0x22, 0x22, 0x22);

pub(super) const GRID: RGBColor = RGBColor(0xe4, 0xe4, 0xe4);

pub(super) fn text(size: u32) -> TextStyle<'static> {
    (FONT, size).into_font().color(&INK)
}

/// Colours that can be told apart by those who see fewer of them: those of Okabe and Ito, but for the yellow.
pub(super) fn colour(lib: &str) -> RGBColor {
    match lib {
        "direct" => RGBColor(0x00, 0x72, 0xb2),
        "direct-streamed" => RGBColor(0x00, 0x00, 0x00),
        "rustls-0.23" => RGBColor(0xd5, 0x5e, 0x00),
        "rustls-0.23-buffered" => RGBColor(0xe6, 0x9f, 0x00),
        "rustls-0.24" => RGBColor(0xcc, 0x79, 0xa7),
        "openssl" => RGBColor(0x00, 0x9e, 0x73),
        "boringssl" => RGBColor(0x56, 0xb4, 0xe9),
        "s2n" => RGBColor(0x80, 0x50, 0x20),
        _ => RGBColor(0x70, 0x70, 0x70),
    }
}

/// As people write it.
pub(super) fn size(bytes: f64) -> String {
    match bytes {
        bytes if bytes >= f64::from(1 << 20) => format!("{} MiB", bytes / f64::from(1 << 20)),
        bytes if bytes >= 1024.0 => format!("{} KiB", bytes / 1024.0),
        bytes => format!("{bytes} B"),
    }
}

/// What the numbers in a picture are of.
pub(super) fn subtitle(what: &str, origin: &Origin) -> String {
    format!("{what}, one thread, {}, {}", host::cpu(), origin.date)
}

/// Something that went wrong with a picture, of which there is no more to say.
pub(super) type Drawn<T> = Result<T, Box<dyn std::error::Error>>;
