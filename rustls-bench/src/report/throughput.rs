//! A picture of the throughput against the size of writes.

use plotters::element::DashedPathElement;
use plotters::prelude::*;

use super::Origin;
use super::results::{Results, Task};
use super::set::{SIZES, SUITE};
use super::style::{Area, Drawn, GRID, INK, colour, size, subtitle, text};
use crate::library::Lib;
use crate::measurement::Direction;
use crate::provider::Provider;

const WIDTH: u32 = 960;
const TITLE: i32 = 56;
const PANELS: i32 = 360;
/// Of the legend, which may take two.
const LEGEND_LINE: i32 = 24;
const HEIGHT: i32 = TITLE + PANELS + 2 * LEGEND_LINE + 8;
const LEFT: i32 = 60;

pub(super) fn picture(results: &Results, origin: &Origin) -> Drawn<String> {
    let mut svg = String::new();
    {
        let size = (WIDTH, u32::try_from(HEIGHT)?);
        let root = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        root.fill(&WHITE)?;
        root.draw_text("Throughput by the size of writes", &text(20), (16, 10))?;
        let what = subtitle("TLS 1.3, AES-128-GCM by aws-lc-rs", origin);
        root.draw_text(&what, &text(13), (16, 36))?;
        let (_, rest) = root.split_vertically(TITLE);
        let (panels, legend) = rest.split_vertically(PANELS);
        let panels = panels.split_evenly((1, 2));
        let highest = highest(results);
        panel(&panels[0], results, Direction::Send, "send", highest)?;
        panel(&panels[1], results, Direction::Recv, "receive", highest)?;
        draw_legend(&legend, &results.libs())?;
        root.present()?;
    }
    Ok(svg)
}

/// The lines of each library, in GB to a second.
fn points(results: &Results, lib: &str, direction: Direction) -> Vec<(f64, f64)> {
    SIZES
        .iter()
        .filter_map(|size| {
            let task = Task {
                provider: Provider::AwsLcRs.name(),
                suite: SUITE,
                direction,
                size: *size,
            };
            let record = results.record(lib, task)?;
            Some((f64::from(*size).log2(), record.mb_per_s / 1000.0))
        })
        .collect()
}

fn highest(results: &Results) -> f64 {
    results
        .libs()
        .iter()
        .flat_map(|lib| {
            [Direction::Send, Direction::Recv].map(|direction| points(results, lib, direction))
        })
        .flatten()
        .map(|(_, gb_per_s)| gb_per_s)
        .fold(0.0, f64::max)
}

fn panel(
    area: &Area<'_>,
    results: &Results,
    direction: Direction,
    title: &str,
    highest: f64,
) -> Drawn<()> {
    let smallest = f64::from(SIZES[0]).log2();
    let largest = f64::from(SIZES[SIZES.len() - 1]).log2();
    let mut chart = ChartBuilder::on(area)
        .caption(title, text(15))
        .margin(10)
        .margin_right(24)
        .x_label_area_size(44)
        .y_label_area_size(52)
        .build_cartesian_2d(smallest - 0.3..largest + 0.3, 0.0..highest * 1.08)?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(GRID)
        .axis_style(INK)
        .label_style(text(12))
        .axis_desc_style(text(13))
        .x_labels(9)
        .x_label_formatter(&|exponent| size(exponent.exp2()))
        .x_desc("bytes of each write")
        .y_label_formatter(&|gb_per_s| format!("{gb_per_s}"))
        .y_desc("GB/s")
        .draw()?;
    // The one that matters most comes last, over the others.
    for lib in results.libs().iter().rev() {
        let points = points(results, lib, direction);
        let colour = colour(lib);
        if *lib == Lib::Raw.name() {
            let line = DashedLineSeries::new(points, 6, 4, colour.stroke_width(2));
            chart.draw_series(line)?;
            continue;
        }
        chart.draw_series(LineSeries::new(points.clone(), colour.stroke_width(2)))?;
        chart.draw_series(
            points
                .into_iter()
                .map(|at| Circle::new(at, 3, colour.filled())),
        )?;
    }
    Ok(())
}

fn draw_legend(area: &Area<'_>, libs: &[&str]) -> Drawn<()> {
    let (mut x, mut y) = (LEFT, 14);
    for lib in libs {
        let name = match *lib == Lib::Raw.name() {
            true => "the bare AEAD call",
            false => lib,
        };
        let width = 56 + 7 * i32::try_from(name.len())?;
        if x + width > i32::try_from(WIDTH)? {
            (x, y) = (LEFT, y + LEGEND_LINE);
        }
        let colour = colour(lib);
        let line = [(x, y), (x + 26, y)];
        if *lib == Lib::Raw.name() {
            let dashes = DashedPathElement::new(line, 6, 4, colour.stroke_width(2));
            area.draw(&dashes)?;
        } else {
            area.draw(&PathElement::new(line, colour.stroke_width(2)))?;
            area.draw(&Circle::new((x + 13, y), 3, colour.filled()))?;
        }
        area.draw_text(name, &text(13), (x + 32, y - 7))?;
        x += width;
    }
    Ok(())
}
