//! Plots of cost against size, both axes logarithmic.

use std::path::Path;

use plotters::prelude::*;

use crate::growth::{Operation, Point};

const SIZE: (u32, u32) = (720, 420);

/// One plot: which number of each point, and what it is called.
pub(super) struct Plot {
    /// The name of the file.
    pub(super) file: &'static str,
    /// What the vertical axis shows.
    pub(super) title: &'static str,
    value: fn(&Point) -> f64,
}

/// The plots that [`draw`] draws.
pub(super) const PLOTS: [Plot; 3] = [
    Plot {
        file: "time.svg",
        title: "Time, µs",
        value: |point| point.seconds * 1e6,
    },
    Plot {
        file: "steps.svg",
        title: "Steps of the virtual machine",
        value: |point| point.steps as f64,
    },
    Plot {
        file: "pages.svg",
        title: "Pages looked at",
        value: |point| point.pages as f64,
    },
];

pub(super) fn draw(points: &[Point], directory: &Path) {
    if points.is_empty() {
        return;
    }
    for plot in &PLOTS {
        draw_one(plot, points, &directory.join(plot.file)).unwrap();
    }
}

fn draw_one(plot: &Plot, points: &[Point], file: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let area = SVGBackend::new(file, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    let sizes = points.iter().map(|point| point.tasks as f64);
    let values = || points.iter().map(plot.value);
    let (least, most) = (
        values().fold(f64::INFINITY, f64::min),
        values().fold(0.0, f64::max),
    );
    let mut chart = ChartBuilder::on(&area)
        .caption(plot.title, ("sans-serif", 18))
        .margin(12)
        .x_label_area_size(36)
        .y_label_area_size(72)
        .build_cartesian_2d(
            (1_000.0..sizes.fold(0.0, f64::max)).log_scale(),
            (least / 2.0..most * 2.0).log_scale(),
        )?;
    chart
        .configure_mesh()
        .x_desc("Tasks")
        .x_label_formatter(&|tasks| grouped(*tasks))
        .y_label_formatter(&|value| grouped(*value))
        .light_line_style(WHITE.mix(0.0))
        .draw()?;
    for (index, operation) in Operation::ALL.into_iter().enumerate() {
        let colour = Palette99::pick(index).to_rgba();
        let of_operation = points.iter().filter(|point| point.operation == operation);
        let line: Vec<(f64, f64)> = of_operation
            .map(|point| (point.tasks as f64, (plot.value)(point)))
            .collect();
        let dots = line.iter().map(|&dot| Circle::new(dot, 3, colour.filled()));
        chart.draw_series(dots)?;
        chart
            .draw_series(LineSeries::new(
                line.iter().copied(),
                colour.stroke_width(2),
            ))?
            .label(operation.name())
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(2)));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .background_style(WHITE)
        .border_style(BLACK.mix(0.3))
        .draw()?;
    area.present()?;
    Ok(())
}

/// A number with a space between thousands.
pub(super) fn grouped(number: f64) -> String {
    if number < 10.0 && number.fract() > 0.0 {
        return format!("{number:.1}");
    }
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(grouped(1_234_567.0), "1 234 567");
        assert_eq!(grouped(999.6), "1 000");
        assert_eq!(grouped(100.0), "100");
        assert_eq!(grouped(2.5), "2.5");
    }
}
