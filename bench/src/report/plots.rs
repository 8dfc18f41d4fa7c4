//! The document's plots, as SVG.

use anyhow::anyhow;
use plotters::coord::Shift;
use plotters::prelude::*;

use super::Results;
use super::functions::{share_sizes, whole_machine};
use crate::calls::CallFigures;
use crate::functions::{Command, FunctionFigures, Scene, Subject, Transport};

const SIZE: (u32, u32) = (880, 380);
const FONT: (&str, u32) = ("sans-serif", 14);
/// Colours that colour-blind readers can distinguish.
const COLOURS: [RGBColor; 8] = [
    RGBColor(0, 114, 178),
    RGBColor(86, 180, 233),
    RGBColor(120, 120, 120),
    RGBColor(190, 190, 190),
    RGBColor(0, 158, 115),
    RGBColor(230, 159, 0),
    RGBColor(213, 94, 0),
    RGBColor(204, 121, 167),
];

/// Returns name and content of each plot whose part was measured.
///
/// # Errors
/// When a measured part has no positive values.
pub fn plots(results: &Results) -> anyhow::Result<Vec<(&'static str, String)>> {
    let mut plots = Vec::new();
    if let Some(section) = &results.functions {
        let found = &section.figures;
        plots.push(("cold-start.svg", cold_starts(found)?));
        plots.push(("warm.svg", warm(found)?));
        if !share_sizes(found).is_empty() {
            plots.push(("shares.svg", shares(found)?));
        }
    }
    if let Some(section) = &results.calls {
        plots.push(("growth.svg", growth(&section.figures)?));
    }
    Ok(plots)
}

/// A group of bars.
struct Group {
    name: &'static str,
    bars: Vec<(Subject, f64)>,
}

fn cold_starts(found: &FunctionFigures) -> anyhow::Result<String> {
    let groups = Transport::ALL.map(|transport| Group {
        name: transport.title(),
        bars: bars(found, |subject| {
            Some(found.of(subject, whole_machine(transport))?.cold.median)
        }),
    });
    bar_chart("Cold start to first answer, milliseconds", &groups)
}

fn warm(found: &FunctionFigures) -> anyhow::Result<String> {
    let scene = whole_machine(Transport::Http);
    let groups = Command::ALL.map(|command| Group {
        name: command.title(),
        bars: bars(found, |subject| {
            Some(found.of(subject, scene)?.warm.get(&command)?.median)
        }),
    });
    bar_chart("Warm invocation over HTTP, median, milliseconds", &groups)
}

fn bars(found: &FunctionFigures, value: impl Fn(Subject) -> Option<f64>) -> Vec<(Subject, f64)> {
    let subjects = Subject::ALL.into_iter();
    subjects
        .filter(|subject| found.zip_bytes.contains_key(subject))
        .filter_map(|subject| Some((subject, value(subject)?)))
        .collect()
}

fn colour(subject: Subject) -> RGBColor {
    let at = Subject::ALL.iter().position(|one| *one == subject);
    COLOURS[at.unwrap_or_default() % COLOURS.len()]
}

/// Draws bars on a logarithmic scale, because the values differ by orders of magnitude.
fn bar_chart(title: &str, groups: &[Group]) -> anyhow::Result<String> {
    let bars = || groups.iter().flat_map(|group| &group.bars);
    let (least, most) = bounds(bars().map(|bar| bar.1))?;
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        area.fill(&WHITE).map_err(|error| anyhow!("{error}"))?;
        let shown = |subject: &Subject| bars().any(|bar| bar.0 == *subject);
        let entries = Subject::ALL.into_iter().filter(shown);
        let entries = entries.map(|subject| (subject.title(), colour(subject)));
        let room = legend(&area, &entries.collect::<Vec<_>>())?;
        let slots: usize = groups.iter().map(|group| group.bars.len() + 1).sum();
        let mut chart = ChartBuilder::on(&area)
            .caption(title, ("sans-serif", 18))
            .margin(12)
            .margin_right(room)
            .x_label_area_size(28)
            .y_label_area_size(56)
            .build_cartesian_2d(0.0..slots as f64, (least / 2.0..most * 2.0).log_scale())
            .map_err(|error| anyhow!("{error}"))?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .disable_x_axis()
            .y_label_formatter(&|value| label(*value))
            .label_style(FONT)
            .draw()
            .map_err(|error| anyhow!("{error}"))?;
        let mut at = 0.5;
        for group in groups {
            chart
                .draw_series(std::iter::once(Text::new(
                    group.name,
                    (at, least / 1.9),
                    ("sans-serif", 15).into_font(),
                )))
                .map_err(|error| anyhow!("{error}"))?;
            for (subject, value) in &group.bars {
                let style = colour(*subject).filled();
                let bar = Rectangle::new([(at, least / 2.0 * 1.35), (at + 0.85, *value)], style);
                chart
                    .draw_series(std::iter::once(bar))
                    .map_err(|error| anyhow!("{error}"))?;
                chart
                    .draw_series(std::iter::once(Text::new(
                        super::digits(*value),
                        (at, value * 1.25),
                        ("sans-serif", 13).into_font(),
                    )))
                    .map_err(|error| anyhow!("{error}"))?;
                at += 1.0;
            }
            at += 1.0;
        }
        area.present().map_err(|error| anyhow!("{error}"))?;
    }
    Ok(svg)
}

/// A line of a chart.
struct Series {
    name: String,
    colour: RGBColor,
    points: Vec<(f64, f64)>,
}

fn shares(found: &FunctionFigures) -> anyhow::Result<String> {
    let series = Subject::ALL.into_iter().flat_map(|subject| {
        let points = share_sizes(found).into_iter().filter_map(|share| {
            let scene = Scene {
                transport: Transport::Https,
                share_mb: Some(share),
            };
            Some((f64::from(share), found.of(subject, scene)?.cold.median))
        });
        let points: Vec<_> = points.collect();
        (!points.is_empty()).then(|| Series {
            name: subject.title().to_owned(),
            colour: colour(subject),
            points,
        })
    });
    line_chart(
        "Cold start over HTTPS with the share of a memory size, milliseconds",
        "MB",
        &series.collect::<Vec<_>>(),
    )
}

fn growth(found: &CallFigures) -> anyhow::Result<String> {
    let points = |rates: Vec<(usize, f64)>| {
        let rates = rates.into_iter();
        rates.map(|(calls, rate)| (calls as f64, rate)).collect()
    };
    let median = |list: &[crate::calls::Throughput]| {
        let list = list.iter();
        list.map(|one| (one.calls, one.per_second.median)).collect()
    };
    let line = found.line.calls.iter();
    let series = [
        Series {
            name: "flow engine".to_owned(),
            colour: COLOURS[0],
            points: points(median(&found.engine)),
        },
        Series {
            name: "Amazon Connect, function in process".to_owned(),
            colour: COLOURS[4],
            points: points(median(&found.connect)),
        },
        Series {
            name: "whole line, two processors".to_owned(),
            colour: COLOURS[5],
            points: points(line.map(|one| (one.calls, one.per_second)).collect()),
        },
    ];
    line_chart("Calls per second, by number of calls", "calls", &series)
}

fn line_chart(title: &str, unit: &str, series: &[Series]) -> anyhow::Result<String> {
    let points = || series.iter().flat_map(|series| &series.points);
    let (left, right) = bounds(points().map(|point| point.0))?;
    let (low, high) = bounds(points().map(|point| point.1))?;
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        area.fill(&WHITE).map_err(|error| anyhow!("{error}"))?;
        let entries = series.iter().map(|one| (one.name.as_str(), one.colour));
        let room = legend(&area, &entries.collect::<Vec<_>>())?;
        let mut chart = ChartBuilder::on(&area)
            .caption(title, ("sans-serif", 18))
            .margin(12)
            .margin_right(room)
            .x_label_area_size(40)
            .y_label_area_size(64)
            .build_cartesian_2d(
                (left..right).log_scale(),
                (low / 2.0..high * 2.0).log_scale(),
            )
            .map_err(|error| anyhow!("{error}"))?;
        chart
            .configure_mesh()
            .x_desc(unit)
            .x_label_formatter(&|value| label(*value))
            .y_label_formatter(&|value| label(*value))
            .label_style(FONT)
            .draw()
            .map_err(|error| anyhow!("{error}"))?;
        for Series { colour, points, .. } in series {
            let style = colour.stroke_width(2);
            chart
                .draw_series(LineSeries::new(points.iter().copied(), style).point_size(3))
                .map_err(|error| anyhow!("{error}"))?;
        }
        area.present().map_err(|error| anyhow!("{error}"))?;
    }
    Ok(svg)
}

/// Draws the legend to the right of the chart, and returns its width.
fn legend(
    area: &DrawingArea<SVGBackend<'_>, Shift>,
    entries: &[(&str, RGBColor)],
) -> anyhow::Result<i32> {
    let longest = entries.iter().map(|(name, _)| name.chars().count()).max();
    let room = 48 + 7 * i32::try_from(longest.unwrap_or_default())?;
    let left = i32::try_from(SIZE.0)? - room + 12;
    let mut top = 48;
    for (name, colour) in entries {
        let square = Rectangle::new([(left, top), (left + 12, top + 12)], colour.filled());
        area.draw(&square).map_err(|error| anyhow!("{error}"))?;
        let text = Text::new(*name, (left + 20, top), FONT.into_font());
        area.draw(&text).map_err(|error| anyhow!("{error}"))?;
        top += 20;
    }
    Ok(room)
}

fn bounds(values: impl Iterator<Item = f64> + Clone) -> anyhow::Result<(f64, f64)> {
    let least = values.clone().fold(f64::INFINITY, f64::min);
    let most = values.fold(f64::NEG_INFINITY, f64::max);
    if least.is_finite() && least > 0.0 {
        Ok((least, most.max(least * 1.01)))
    } else {
        Err(anyhow!("a plot must have positive values"))
    }
}

fn label(value: f64) -> String {
    if value >= 1.0 {
        format!("{value:.0}")
    } else {
        format!("{value}")
    }
}
