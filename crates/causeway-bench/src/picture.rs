//! The table of growth as curves.

use std::path::Path;

use anyhow::anyhow;
use plotters::coord::Shift;
use plotters::prelude::*;

use crate::measure::growth::Row;

const SIZE: (u32, u32) = (1_080, 620);
const PANES: (usize, usize) = (2, 3);
/// Room above the highest point, as part of it.
const HEADROOM: f64 = 1.15;

/// What one curve shows.
type Curve = (&'static str, fn(&Row) -> f64);

const CURVES: [Curve; 6] = [
    ("appended, events/s", |row| row.appends.median()),
    ("poll of 10 KB, p99 in ms", |row| row.polls.median()),
    ("past time, p99 in ms", |row| row.past.median()),
    ("start to ready, s", |row| row.ready.median()),
    ("memory when ready, MiB", |row| row.resident.median()),
    ("disk ÷ raw", |row| row.disk),
];

/// Writes the picture.
pub fn draw(rows: &[Row], file: &Path) -> anyhow::Result<()> {
    let area = SVGBackend::new(file, SIZE).into_drawing_area();
    let drawn = area.fill(&WHITE).map_err(|error| anyhow!("{error}"));
    for (pane, curve) in area.split_evenly(PANES).iter().zip(CURVES) {
        draw_one(pane, curve, rows).map_err(|error| anyhow!("cannot draw {}: {error}", curve.0))?;
    }
    drawn?;
    area.present().map_err(|error| anyhow!("cannot write {}: {error}", file.display()))
}

fn draw_one<'a>(
    pane: &DrawingArea<SVGBackend<'a>, Shift>,
    (title, value): Curve,
    rows: &[Row],
) -> Result<(), Box<dyn std::error::Error + 'a>> {
    let points: Vec<(f64, f64)> = rows.iter().map(|row| (row.events as f64, value(row))).collect();
    let sizes = || points.iter().map(|point| point.0);
    let (least, most) = (sizes().fold(f64::INFINITY, f64::min), sizes().fold(1.0, f64::max));
    let highest = points.iter().map(|point| point.1).fold(f64::MIN_POSITIVE, f64::max);
    let mut chart = ChartBuilder::on(pane)
        .caption(title, ("sans-serif", 17))
        .margin(14)
        .x_label_area_size(28)
        .y_label_area_size(64)
        .build_cartesian_2d((least / 2.0..most * 2.0).log_scale(), 0.0..highest * HEADROOM)?;
    let mut mesh = chart.configure_mesh();
    mesh.x_label_formatter(&|events| format!("10^{:.0}", events.log10()));
    mesh.x_labels(4).y_labels(5).light_line_style(TRANSPARENT).draw()?;
    chart.draw_series(LineSeries::new(points.iter().copied(), BLUE.stroke_width(2)))?;
    chart.draw_series(points.iter().map(|point| Circle::new(*point, 4, BLUE.filled())))?;
    Ok(())
}
