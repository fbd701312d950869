//! A picture of the time per record: the part of the bare AEAD call, and the rest.

use plotters::prelude::*;

use super::measured_cases::{RECORD, SUITE};
use super::origin::Origin;
use super::picture_style::{Area, Drawn, GRID, INK, OTHERS, colour, described, subtitle, text};
use super::results::{Case, Results};
use crate::byte_size::byte_size;
use crate::direction::Direction;
use crate::library::Library;
use crate::provider::Provider;

const WIDTH: u32 = 900;
const TITLE: i32 = 56;
const LEGEND: i32 = 30;
const AROUND_BARS: usize = 96;
const BAR: usize = 26;

const AEAD: RGBColor = RGBColor(0xd8, 0xd8, 0xd8);

const PANELS: [(&str, Direction, u32); 4] = [
    ("send", Direction::Send, 1024),
    ("send", Direction::Send, RECORD),
    ("receive in place", Direction::Recv, RECORD),
    ("receive into a slice", Direction::Into, RECORD),
];

pub(super) fn picture(results: &Results, origin: &Origin) -> Drawn<String> {
    const NAME: &str = "Time for one record";
    // Two rows of panels. A panel has a bar for each library except `raw`.
    let count = results.libs().len() - 1;
    let panels_height = i32::try_from(2 * (AROUND_BARS + BAR * count))?;
    let height = u32::try_from(TITLE + panels_height + LEGEND)?;
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, (WIDTH, height)).into_drawing_area();
        root.fill(&WHITE)?;
        root.draw_text(NAME, &text(22), (16, 10))?;
        root.draw_text(&subtitle(origin), &text(15), (16, 36))?;
        let (_, rest) = root.split_vertically(TITLE);
        let (panels, legend) = rest.split_vertically(panels_height);
        for (area, (title, direction, bytes)) in panels
            .split_evenly((2, 2))
            .iter()
            .zip(PANELS)
        {
            let title = format!("{title}, {}", byte_size(bytes));
            panel(area, &bars(results, case(direction, bytes)), &title)?;
        }
        draw_legend(&legend)?;
        root.present()?;
    }
    Ok(described(&svg, NAME, &description(results, origin)))
}

fn description(results: &Results, origin: &Origin) -> String {
    let mut sentences = format!(
        "{}. Bars show the nanoseconds per record: those of the bare AEAD call, and the rest.",
        subtitle(origin)
    );
    for (title, direction, bytes) in PANELS {
        let times: Vec<_> = bars(results, case(direction, bytes))
            .iter()
            .map(|bar| format!("{} {}", bar.lib, bar.sum()))
            .collect();
        sentences += &format!(" {title}, {}: {}.", byte_size(bytes), times.join(", "));
    }
    sentences
}

fn case(direction: Direction, size: u32) -> Case<'static> {
    Case {
        provider: Provider::AwsLcRs.name(),
        suite: SUITE,
        direction,
        size,
    }
}

/// The bar of a library.
struct Bar<'a> {
    lib: &'a str,
    aead: f64,
    all: f64,
}

impl Bar<'_> {
    fn sum(&self) -> String {
        format!("{:.0} + {:.0}", self.aead, self.all - self.aead)
    }
}

/// Returns the bars, the topmost first.
fn bars<'a>(results: &'a Results, case: Case<'_>) -> Vec<Bar<'a>> {
    let libs = results.libs();
    libs.into_iter()
        .filter(|lib| *lib != Library::Raw.name())
        .filter_map(|lib| {
            let all = results
                .record(lib, case)?
                .median_ns_per_write;
            // No library is faster than the call, but on a machine that is not quiet it may look so.
            let aead = results
                .raw(case)?
                .median_ns_per_write
                .min(all);
            Some(Bar { lib, aead, all })
        })
        .collect()
}

fn panel(area: &Area<'_>, bars: &[Bar<'_>], title: &str) -> Drawn<()> {
    let longest = bars
        .iter()
        .map(|bar| bar.all)
        .fold(1.0, f64::max);
    let mut chart = ChartBuilder::on(area)
        .caption(title, text(18))
        .margin(10)
        .margin_right(16)
        .x_label_area_size(40)
        .y_label_area_size(140)
        // Leaves room for the numbers after the longest bar.
        .build_cartesian_2d(0.0..longest * 1.3, (0..bars.len() - 1).into_segmented())?;
    let names: Vec<_> = bars
        .iter()
        .rev()
        .map(|bar| bar.lib)
        .collect();
    chart
        .configure_mesh()
        .disable_y_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(GRID)
        .axis_style(INK)
        .label_style(text(14))
        .axis_desc_style(text(15))
        .x_labels(6)
        .x_label_formatter(&|ns| format!("{ns:.0}"))
        .y_labels(names.len())
        .x_desc("ns")
        .y_label_formatter(&|segment| match segment {
            SegmentValue::CenterOf(i) => names[*i].into(),
            SegmentValue::Exact(_) | SegmentValue::Last => String::new(),
        })
        .draw()?;
    let rectangle = |i, from, to, colour: RGBColor| {
        let corners = [
            (from, SegmentValue::Exact(i)),
            (to, SegmentValue::Exact(i + 1)),
        ];
        let mut rectangle = Rectangle::new(corners, colour.filled());
        rectangle.set_margin(4, 4, 0, 0);
        rectangle
    };
    for (i, bar) in bars.iter().rev().enumerate() {
        chart.draw_series([
            rectangle(i, 0.0, bar.aead, AEAD),
            rectangle(i, bar.aead, bar.all, colour(bar.lib)),
        ])?;
        chart.draw_series([EmptyElement::at((bar.all, SegmentValue::CenterOf(i)))
            + Text::new(bar.sum(), (6, -6), text(14))])?;
    }
    Ok(())
}

fn draw_legend(area: &Area<'_>) -> Drawn<()> {
    let rest = [colour("direct"), colour("rustls-0.23"), OTHERS];
    for (x, colours, name) in [
        (160, &[AEAD][..], "the bare AEAD call"),
        (
            380,
            &rest,
            "the rest: the record layer, copies, allocations",
        ),
    ] {
        let mut x = x;
        for colour in colours {
            area.draw(&Rectangle::new([(x, 4), (x + 18, 18)], colour.filled()))?;
            x += 18;
        }
        area.draw_text(name, &text(15), (x + 8, 4))?;
    }
    Ok(())
}
