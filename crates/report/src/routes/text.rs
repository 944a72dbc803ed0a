//! The routes for people: a line a route, and below it what is in its path and its parameters.

use std::io;

use detect::routes::{Count, ParamSummary, RouteSummary, ValueClass};

use super::RoutesReport;
use crate::show::{instant, shortened};

/// How wide the table is, in columns.
const WIDTH: usize = 100;

/// How many columns stand before the route.
const BEFORE: usize = 58;

/// How many parameters of a route are shown.
const PARAMS_SHOWN: usize = 8;

/// Writes the routes for people.
///
/// # Errors
///
/// What the writer says.
pub fn write_text(out: &mut dyn io::Write, report: &RoutesReport<'_>) -> io::Result<()> {
    let inferred = report.inferred;
    let shown = inferred.routes.len().min(report.top);
    let count = inferred.routes.len();
    writeln!(out, "{} of {}", number(count as u64, "route"), number(inferred.requests, "request"))?;
    if let Some((first, last)) = inferred.span {
        writeln!(out, "from {} to {}", instant(first), instant(last))?;
    }
    writeln!(out)?;
    if 0 < shown {
        writeln!(
            out,
            "{:<8} {:>11} {:>9} {:>8} {:>8} {:>8}  ROUTE",
            "KIND", "REQUESTS", "CLIENTS", "ANSWERED", "P50", "P99"
        )?;
    }
    for route in inferred.routes.iter().take(shown) {
        write_route(out, route)?;
    }
    if 0 < shown {
        writeln!(out)?;
    }
    if shown < count {
        writeln!(out, "and {} that fewer ask for: --top N shows more", number((count - shown) as u64, "route"))?;
    }
    if let (paths @ 1.., requests) = inferred.unanswered {
        writeln!(
            out,
            "never answered, so no routes: {} to {}",
            number(requests, "request"),
            number(paths, "other path")
        )?;
    }
    if 0 < inferred.without_target {
        writeln!(out, "{} without a path", number(inferred.without_target, "record"))?;
    }
    if inferred.is_full {
        writeln!(out, "there were more routes than are kept: some are missing, or their refusals")?;
    }
    if inferred.routes.iter().take(shown).any(|route| route.clients.is_estimate || route.objects.is_estimate) {
        writeln!(out, "~ an estimate, off by about a tenth; sizes are exact to an eighth")?;
    }
    Ok(())
}

fn write_route(out: &mut dyn io::Write, route: &RouteSummary) -> io::Result<()> {
    let (median, high) = route.sizes.map(|(median, high)| (size(median), size(high))).unzip();
    writeln!(
        out,
        "{:<8} {:>11} {:>9} {:>8} {:>8} {:>8}  {}",
        route.kind.name(),
        thousands(route.requests),
        counted(route.clients),
        route.answered_per_mille().map_or("-".to_owned(), |share| format!("{}.{} %", share / 10, share % 10)),
        median.as_deref().unwrap_or("-"),
        high.as_deref().unwrap_or("-"),
        shortened(&route.spelling, WIDTH - BEFORE - 2),
    )?;
    let mut details = Vec::new();
    let methods: Vec<&str> = route.methods.iter().map(|(name, _)| *name).collect();
    if methods != ["GET"] && !methods.is_empty() {
        details.push(methods.join(" "));
    }
    if let Some(segment) = route.object_segment {
        details.push(format!("object: segment {segment}, {} seen", counted(route.objects)));
    }
    details.extend(route.params.iter().take(PARAMS_SHOWN).map(param));
    if PARAMS_SHOWN < route.params.len() || route.has_more_params {
        let rest = route.params.len().saturating_sub(PARAMS_SHOWN);
        details.push(format!("{}{rest} more parameters", if route.has_more_params { "over " } else { "" }));
    }
    wrapped(out, &details)
}

/// Writes what belongs to a route, as many things in a line as there is room for.
fn wrapped(out: &mut dyn io::Write, details: &[String]) -> io::Result<()> {
    const INDENT: usize = 9;
    let mut line = String::new();
    for detail in details {
        if !line.is_empty() && WIDTH < INDENT + line.chars().count() + 2 + detail.chars().count() {
            writeln!(out, "{:INDENT$}{line}", "")?;
            line.clear();
        }
        if !line.is_empty() {
            line.push_str("; ");
        }
        line.push_str(detail);
    }
    match line.is_empty() {
        true => Ok(()),
        false => writeln!(out, "{:INDENT$}{line}", ""),
    }
}

fn param(param: &ParamSummary) -> String {
    let name = match param.name.is_empty() {
        true => "?".to_owned(),
        false => format!("?{}", shortened(&param.name, 40)),
    };
    let has_urls = param.classes.iter().any(|(class, _)| *class == ValueClass::Url);
    match has_urls {
        true if param.class == ValueClass::Url => format!("{name} {} of {}", param.class.name(), hosts(param.hosts)),
        true => format!("{name} {}, some url of {}", param.class.name(), hosts(param.hosts)),
        false => format!("{name} {}", param.class.name()),
    }
}

fn hosts(count: Count) -> String {
    format!("{} host{}", counted(count), if count.number == 1 { "" } else { "s" })
}

fn number(count: u64, what: &str) -> String {
    format!("{} {what}{}", thousands(count), if count == 1 { "" } else { "s" })
}

fn counted(count: Count) -> String {
    match count.is_estimate {
        true => format!("~{}", thousands(rounded(count.number))),
        false => thousands(count.number),
    }
}

/// An estimate to two digits: more of them say nothing.
fn rounded(number: u64) -> u64 {
    let unit = 10_u64.pow(number.checked_ilog10().unwrap_or(0).saturating_sub(1));
    number.saturating_add(unit / 2) / unit * unit
}

fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if 0 < at && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A size in bytes, in four letters or so.
fn size(bytes: u64) -> String {
    let units = ["B", "kB", "MB", "GB", "TB"];
    let mut unit = 0;
    let mut tenths = bytes.saturating_mul(10);
    while 10_000 <= tenths && unit + 1 < units.len() {
        tenths /= 1000;
        unit += 1;
    }
    match unit {
        0 => format!("{bytes} B"),
        _ => format!("{}.{} {}", tenths / 10, tenths % 10, units[unit]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_can_be_read() {
        assert_eq!(thousands(1_234_567), "1,234,567");
        assert_eq!(thousands(12), "12");
        assert_eq!(counted(Count { number: 12_345, is_estimate: true }), "~12,000");
        assert_eq!(rounded(u64::MAX) % 1000, 0);
        for (bytes, want) in [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (2_000_000, "2.0 MB")] {
            assert_eq!(size(bytes), want);
        }
    }
}
