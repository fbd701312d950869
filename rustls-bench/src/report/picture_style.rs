//! The style that the pictures share.

use plotters::prelude::*;

use super::origin::Origin;

pub(super) type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

const FONT: &str = "Helvetica, Arial, sans-serif";
pub(super) const INK: RGBColor = RGBColor(0x22, 0x22, 0x22);

pub(super) const GRID: RGBColor = RGBColor(0xe4, 0xe4, 0xe4);

pub(super) fn text(size: u32) -> TextStyle<'static> {
    (FONT, size).into_font().color(&INK)
}

/// Returns the colour of a library: one each for the two that are compared, grey for all others.
///
/// The two colours remain distinct to colour-blind readers.
pub(super) fn colour(lib: &str) -> RGBColor {
    match lib {
        "direct" => RGBColor(0x00, 0x72, 0xb2),
        "rustls-0.23" => RGBColor(0xd5, 0x5e, 0x00),
        _ => OTHERS,
    }
}

pub(super) const OTHERS: RGBColor = RGBColor(0x8c, 0x8c, 0x8c);

/// Returns the subtitle of a picture: where its numbers come from.
pub(super) fn subtitle(origin: &Origin) -> String {
    format!(
        "TLS 1.3, AES-128-GCM by aws-lc-rs, one thread, {}, {}",
        origin.cpu, origin.date
    )
}

/// Adds to a picture the title and the description that screen readers read out.
pub(super) fn described(svg: &str, title: &str, description: &str) -> String {
    let escape = |text: &str| {
        text.replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
    };
    let (title, description) = (escape(title), escape(description));
    svg.replacen(
        ">\n",
        &format!(" role=\"img\">\n<title>{title}</title>\n<desc>{description}</desc>\n"),
        1,
    )
}

/// The result of drawing. Its errors are only reported.
pub(super) type Drawn<T> = Result<T, Box<dyn std::error::Error>>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_come_first_and_are_escaped() {
        let svg = described("<svg width=\"9\">\n<rect/>\n</svg>\n", "a < b", "b & c");
        let expected = "<svg width=\"9\" role=\"img\">\n<title>a &lt; b</title>\n<desc>b &amp; c</desc>\n<rect/>\n</svg>\n";
        assert_eq!(svg, expected);
    }
}
