//! A picture of the time that a record takes: the AEAD's part of it, and the rest.

use plotters::prelude::*;

use super::Origin;
use super::results::{Results, Task};
use super::set::{RECORD, SUITE};
use super::style::{Area, Drawn, GRID, INK, size, subtitle, text};
use crate::library::Lib;
use crate::measurement::Direction;
use crate::provider::Provider;

const WIDTH: u32 = 960;
const TITLE: i32 = 56;
const LEGEND: i32 = 30;
const AROUND_BARS: usize = 96;
const BAR: usize = 26;

const AEAD: RGBColor = RGBColor(0x9a, 0xb8, 0xcc);
const REST: RGBColor = RGBColor(0xd5, 0x5e, 0x00);

const PANELS: [(&str, Direction, u32); 4] = [
    ("send", Direction::Send, 1024),
    ("send", Direction::Send, RECORD),
    ("receive in place", Direction::Recv, RECORD),
    ("receive into a slice", Direction::Into, RECORD),
];

pub(super) fn picture(results: &Results, origin: &Origin) -> Drawn<String> {
    // Two rows of panels, each with a bar for each library but the bare call.
    let bars = results.libs().len() - 1;
    let panels_height = i32::try_from(2 * (AROUND_BARS + BAR * bars))?;
    let height = u32::try_from(TITLE + panels_height + LEGEND)?;
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, (WIDTH, height)).into_drawing_area();
        root.fill(&WHITE)?;
        root.draw_text("Time for one record", &text(20), (16, 10))?;
        let what = subtitle("TLS 1.3, AES-128-GCM by aws-lc-rs", origin);
        root.draw_text(&what, &text(13), (16, 36))?;
        let (_, rest) = root.split_vertically(TITLE);
        let (panels, legend) = rest.split_vertically(panels_height);
        for (area, (title, direction, bytes)) in panels
            .split_evenly((2, 2))
            .iter()
            .zip(PANELS)
        {
            let task = Task {
                provider: Provider::AwsLcRs.name(),
                suite: SUITE,
                direction,
                size: bytes,
            };
            let title = format!("{title}, {}", size(f64::from(bytes)));
            panel(area, results, task, &title)?;
        }
        draw_legend(&legend)?;
        root.present()?;
    }
    Ok(svg)
}

/// A library's bar.
struct Bar<'a> {
    lib: &'a str,
    aead: f64,
    all: f64,
}

/// The first one is the uppermost.
fn bars<'a>(results: &'a Results, task: Task<'_>) -> Vec<Bar<'a>> {
    let libs = results.libs();
    libs.into_iter()
        .filter(|lib| *lib != Lib::Raw.name())
        .filter_map(|lib| {
            let all = results
                .record(lib, task)?
                .median_ns_per_write;
            // Nobody is faster than the call; where the machine was not quiet, it may look like that.
            let aead = results
                .raw(task)?
                .median_ns_per_write
                .min(all);
            Some(Bar { lib, aead, all })
        })
        .collect()
}

fn panel(area: &Area<'_>, results: &Results, task: Task<'_>, title: &str) -> Drawn<()> {
    let bars = bars(results, task);
    let longest = bars
        .iter()
        .map(|bar| bar.all)
        .fold(1.0, f64::max);
    let mut chart = ChartBuilder::on(area)
        .caption(title, text(15))
        .margin(10)
        .margin_right(16)
        .x_label_area_size(40)
        .y_label_area_size(140)
        // Behind the longest there is room for its number.
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
        .label_style(text(12))
        .axis_desc_style(text(13))
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
            rectangle(i, bar.aead, bar.all, REST),
        ])?;
        let number = format!("{:.0} + {:.0}", bar.aead, bar.all - bar.aead);
        chart.draw_series([EmptyElement::at((bar.all, SegmentValue::CenterOf(i)))
            + Text::new(number, (6, -6), text(12))])?;
    }
    Ok(())
}

fn draw_legend(area: &Area<'_>) -> Drawn<()> {
    let mut x = 160;
    for (colour, name) in [
        (AEAD, "the bare AEAD call"),
        (REST, "the rest: the record layer, copies, allocations"),
    ] {
        area.draw(&Rectangle::new([(x, 4), (x + 18, 18)], colour.filled()))?;
        area.draw_text(name, &text(13), (x + 26, 4))?;
        x += 60 + 7 * i32::try_from(name.len())?;
    }
    Ok(())
}
