//! The shapes of cards and lines.

use std::fmt::Write;

use crate::layout::{Place, Point};

/// The radius of the corners of lines.
const BEND: i32 = 5;

/// Returns the rectangle of a card.
pub(super) fn rect(class: &str, place: &Place, radius: i32) -> String {
    format!(
        r#"<rect class="{class}" x="{}" y="{}" width="{}" height="{}" rx="{radius}" fill="none" stroke="currentColor"/>"#,
        place.x, place.y, place.width, place.height
    )
}

/// Returns the line with its head.
pub(super) fn drawn(shape: &str, points: &[Point], dashes: &str) -> String {
    let head = points.last().map_or_else(String::new, |end| {
        format!(
            r#"<path class="head" d="M{} {}l-4 -7h8z" fill="currentColor"/>"#,
            end.x, end.y
        )
    });
    format!(r#"<path class="line" d="{shape}" fill="none" stroke="currentColor"{dashes}/>{head}"#)
}

/// Returns the dashes of a line, counted from its end: lines that share a trunk end together, and would
/// fill each other's gaps if each counted from its own beginning.
pub(super) fn dashes(points: &[Point], dash: i32, gap: i32) -> String {
    let length: i32 = points
        .windows(2)
        .map(|pair| (pair[1].x - pair[0].x).abs() + (pair[1].y - pair[0].y).abs())
        .sum();
    // A round bend is shorter than the corner that it cuts: of two times the radius, 1.62 radii are left.
    let bends = i32::try_from(points.len().saturating_sub(2)).unwrap_or(0);
    let tenths = length * 10 - bends * (BEND * 10 * 38 / 100);
    let period = (dash + gap) * 10;
    let offset = (period - tenths.rem_euclid(period)) % period;
    format!(
        r#" stroke-dasharray="{dash} {gap}" stroke-dashoffset="{}.{}""#,
        offset / 10,
        offset % 10
    )
}

/// Returns the path of a line: with round bends, or a curve between its ends.
pub(super) fn shape(points: &[Point], curved: bool) -> String {
    let [first, .., last] = points else {
        return String::new();
    };
    if curved {
        let reach = ((last.y - first.y).abs() / 2).clamp(40, 160);
        return format!(
            "M{} {}C{} {} {} {} {} {}",
            first.x,
            first.y,
            first.x,
            first.y + reach,
            last.x,
            last.y - reach,
            last.x,
            last.y
        );
    }
    let mut path = format!("M{} {}", first.x, first.y);
    for three in points.windows(3) {
        let [before, bend, after] = three else {
            continue;
        };
        let toward = |other: &Point| {
            let (x, y) = (other.x - bend.x, other.y - bend.y);
            let reach = (x.abs().max(y.abs()) / 2).min(BEND);
            (bend.x + x.signum() * reach, bend.y + y.signum() * reach)
        };
        let ((from_x, from_y), (to_x, to_y)) = (toward(before), toward(after));
        let _ = write!(
            path,
            "L{from_x} {from_y}Q{} {} {to_x} {to_y}",
            bend.x, bend.y
        );
    }
    let _ = write!(path, "L{} {}", last.x, last.y);
    path
}
