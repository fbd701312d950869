//! A picture of the throughput relative to the bare AEAD call, by the size of writes.

use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;

use super::measured_cases::{SIZES, SUITE};
use super::origin::Origin;
use super::picture_style::{Area, Drawn, GRID, INK, colour, described, subtitle, text};
use super::results::{Case, Results};
use crate::byte_size::byte_size;
use crate::direction::Direction;
use crate::library::Library;
use crate::provider::Provider;
use crate::transfer_result::TransferResult;

const WIDTH: u32 = 900;
const TITLE: u32 = 56;
const PANEL: u32 = 330;
/// Width of the names on the right of the lines.
const NAMES: u32 = 170;
/// Distance from one name to the next.
const NAME_HEIGHT: usize = 16;

const PANELS: [(&str, Direction); 2] = [("send", Direction::Send), ("receive", Direction::Recv)];

pub(super) fn picture(results: &Results, origin: &Origin) -> Drawn<String> {
    const NAME: &str = "Throughput by the size of writes";
    let mut svg = String::new();
    {
        let height = TITLE + PANEL * u32::try_from(PANELS.len())?;
        let root = SVGBackend::with_string(&mut svg, (WIDTH, height)).into_drawing_area();
        root.fill(&WHITE)?;
        root.draw_text(NAME, &text(22), (16, 10))?;
        root.draw_text(&subtitle(origin), &text(15), (16, 36))?;
        let (_, panels) = root.split_vertically(TITLE);
        for (area, (title, direction)) in panels
            .split_evenly((PANELS.len(), 1))
            .iter()
            .zip(PANELS)
        {
            panel(&root, area, results, direction, title)?;
        }
        root.present()?;
    }
    Ok(described(&svg, NAME, &description(results, origin)))
}

fn description(results: &Results, origin: &Origin) -> String {
    let mut sentences = format!(
        "{}. Lines show the speed of each library relative to the bare AEAD call.",
        subtitle(origin)
    );
    for (title, direction) in PANELS {
        for bytes in [SIZES[0], SIZES[SIZES.len() - 1]] {
            let speeds: Vec<_> = results
                .libs()
                .iter()
                .filter_map(|lib| results.record(lib, case(direction, bytes)))
                .map(|record| format!("{} {:.2}", record.lib, record.ratio_to_raw))
                .collect();
            sentences += &format!(" {title}, {}: {}.", byte_size(bytes), speeds.join(", "));
        }
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

/// Returns the position of a result in its panel.
fn point(record: &TransferResult) -> (f64, f64) {
    (f64::from(record.plaintext_size).log2(), record.ratio_to_raw)
}

/// A library, and the points of its line from the smallest size to the largest.
type Line<'a> = (&'a str, Vec<(f64, f64)>);

fn lines(results: &Results, direction: Direction) -> Vec<Line<'_>> {
    let line = |lib| {
        let records = SIZES
            .iter()
            .filter_map(|size| results.record(lib, case(direction, *size)));
        (lib, records.map(point).collect::<Vec<_>>())
    };
    results
        .libs()
        .into_iter()
        .map(line)
        .filter(|(_, points)| !points.is_empty())
        .collect()
}

type Chart<'a> = ChartContext<'a, SVGBackend<'a>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

fn panel<'a>(
    root: &Area<'a>,
    area: &Area<'a>,
    results: &Results,
    direction: Direction,
    title: &str,
) -> Drawn<()> {
    let lines = lines(results, direction);
    let fastest = lines
        .iter()
        .flat_map(|(_, points)| points)
        .map(|(_, ratio)| *ratio)
        .fold(1.0, f64::max);
    let smallest = f64::from(SIZES[0]).log2();
    let largest = f64::from(SIZES[SIZES.len() - 1]).log2();
    let mut chart = ChartBuilder::on(area)
        .caption(title, text(18))
        .margin(10)
        .margin_right(NAMES)
        .x_label_area_size(58)
        .y_label_area_size(56)
        .build_cartesian_2d(smallest - 0.4..largest + 0.2, 0.0..fastest * 1.05)?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(GRID)
        .axis_style(INK)
        .label_style(text(15))
        .axis_desc_style(text(15))
        .x_labels(SIZES.len())
        // `draw_sizes` draws these labels, which have two lines.
        .x_label_formatter(&|_| String::new())
        .x_desc("bytes per write, and the throughput of the bare AEAD call")
        .y_label_formatter(&|ratio| format!("{ratio:.1}"))
        .y_desc("speed relative to the bare AEAD call")
        .draw()?;
    // The first line matters most, so it is drawn last, over the others.
    for (lib, points) in lines.iter().rev() {
        let colour = colour(lib);
        if *lib == Library::Raw.name() {
            let line = DashedLineSeries::new(points.iter().copied(), 6, 4, INK.stroke_width(1));
            chart.draw_series(line)?;
            continue;
        }
        chart.draw_series(LineSeries::new(
            points.iter().copied(),
            colour.stroke_width(2),
        ))?;
        chart.draw_series(
            points
                .iter()
                .map(|at| Circle::new(*at, 3, colour.filled())),
        )?;
    }
    draw_sizes(root, &chart, results, direction)?;
    draw_names(root, &chart, &lines)
}

/// Writes each size below the axis, and the throughput of the bare call below the size.
fn draw_sizes(
    root: &Area<'_>,
    chart: &Chart<'_>,
    results: &Results,
    direction: Direction,
) -> Drawn<()> {
    for record in SIZES
        .iter()
        .filter_map(|size| results.raw(case(direction, *size)))
    {
        let (x, _) = point(record);
        let (x, y) = chart.backend_coord(&(x, 0.0));
        let throughput = format!("{:.1} GB/s", record.mb_per_s / 1000.0);
        for (line, below) in [(byte_size(record.plaintext_size), 8), (throughput, 23)] {
            let (width, _) = root.estimate_text_size(&line, &text(15))?;
            let left = x - i32::try_from(width)? / 2;
            root.draw_text(&line, &text(15), (left, y + below))?;
        }
    }
    Ok(())
}

/// Writes the name of each library at the end of its line, or near the end if other lines end there too.
fn draw_names(root: &Area<'_>, chart: &Chart<'_>, lines: &[Line<'_>]) -> Drawn<()> {
    let mut ends: Vec<_> = lines
        .iter()
        .filter_map(|(lib, points)| Some((*lib, chart.backend_coord(points.last()?))))
        .collect();
    ends.sort_by_key(|(_, (_, y))| *y);
    let wanted: Vec<_> = ends
        .iter()
        .map(|(_, (_, y))| *y)
        .collect();
    for ((lib, (x, y)), name_y) in ends.into_iter().zip(spread(&wanted)) {
        let (name, colour) = match lib == Library::Raw.name() {
            true => ("the bare AEAD call", INK),
            false => (lib, colour(lib)),
        };
        let to_name = [(x + 6, y), (x + 20, name_y)];
        root.draw(&PathElement::new(to_name, colour.stroke_width(1)))?;
        root.draw_text(name, &text(15).color(&colour), (x + 24, name_y - 7))?;
    }
    Ok(())
}

/// Moves sorted positions apart until a name fits between every two, and no further.
fn spread(wanted: &[i32]) -> Vec<i32> {
    let offsets = || (0..).step_by(NAME_HEIGHT);
    // Names that touch move together as a block: the number of names, and the sum of their wanted positions for the
    // first name of the block.
    let mut blocks: Vec<(i32, i32)> = Vec::new();
    for (y, offset) in wanted.iter().zip(offsets()) {
        let (mut count, mut sum) = (1, y - offset);
        while let Some(&(count_above, sum_above)) = blocks.last() {
            if sum_above * count <= sum * count_above {
                break;
            }
            blocks.pop();
            count += count_above;
            sum += sum_above;
        }
        blocks.push((count, sum));
    }
    let places = blocks
        .into_iter()
        .flat_map(|(count, sum)| (0..count).map(move |_| sum.div_euclid(count)));
    places
        .zip(offsets())
        .map(|(place, offset)| place + offset)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_moved_only_as_far_as_they_overlap() {
        assert_eq!(spread(&[10, 60, 100]), [10, 60, 100]);
        assert_eq!(spread(&[10, 26, 42]), [10, 26, 42]);
        assert_eq!(spread(&[50, 52, 54, 90]), [36, 52, 68, 90]);
        assert_eq!(spread(&[40, 50, 54, 58]), [26, 42, 58, 74]);
        assert!(spread(&[]).is_empty());
    }
}
