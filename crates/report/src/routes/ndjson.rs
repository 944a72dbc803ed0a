//! The routes for programs: a row a route, after one of the whole.

use std::io;

use detect::routes::{Count, ParamSummary, RouteSummary};
use serde::Serialize;
use serde_json::{Map, Value};

use super::RoutesReport;
use crate::json::{text, write_line};
use crate::show::instant;

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Row<'a> {
    Routes {
        schema: &'static str,
        version: &'a str,
        routes: usize,
        shown: usize,
        requests: u64,
        first: Option<String>,
        last: Option<String>,
        never_answered_routes: u64,
        never_answered_requests: u64,
        records_without_target: u64,
        is_full: bool,
    },
    Route {
        route: String,
        kind: &'a str,
        because: &'a str,
        object_segment: Option<usize>,
        objects: Option<u64>,
        is_objects_estimate: bool,
        requests: u64,
        clients: u64,
        is_clients_estimate: bool,
        statuses: Map<String, Value>,
        answered_per_mille: Option<u64>,
        bytes_p50: Option<u64>,
        bytes_p99: Option<u64>,
        first: Option<String>,
        last: Option<String>,
        methods: Map<String, Value>,
        params: Vec<Param>,
        has_more_params: bool,
    },
}

#[derive(Serialize)]
struct Param {
    name: String,
    requests: u64,
    class: &'static str,
    classes: Map<String, Value>,
    hosts: u64,
    is_hosts_estimate: bool,
}

/// The names of the classes of statuses.
const STATUSES: [&str; 6] = ["none", "1xx", "2xx", "3xx", "4xx", "5xx"];

/// Writes the routes for programs.
///
/// # Errors
///
/// What the writer says.
pub fn write_ndjson(out: &mut dyn io::Write, report: &RoutesReport<'_>) -> io::Result<()> {
    let inferred = report.inferred;
    let (first, last) = inferred.span.map(|(first, last)| (instant(first), instant(last))).unzip();
    write_line(
        out,
        &Row::Routes {
            schema: "keytrace-routes/1",
            version: report.version,
            routes: inferred.routes.len(),
            shown: inferred.routes.len().min(report.top),
            requests: inferred.requests,
            first,
            last,
            never_answered_routes: inferred.unanswered.0,
            never_answered_requests: inferred.unanswered.1,
            records_without_target: inferred.without_target,
            is_full: inferred.is_full,
        },
    )?;
    inferred.routes.iter().take(report.top).try_for_each(|route| write_line(out, &row(route)))
}

fn row(route: &RouteSummary) -> Row<'_> {
    let (first, last) = route.span.map(|(first, last)| (instant(first), instant(last))).unzip();
    let (bytes_p50, bytes_p99) = route.sizes.unzip();
    let Count { number: clients, is_estimate: is_clients_estimate } = route.clients;
    let statuses = STATUSES.into_iter().zip(route.statuses).filter(|(_, count)| 0 < *count);
    Row::Route {
        route: text(&route.spelling),
        kind: route.kind.name(),
        because: route.because,
        object_segment: route.object_segment,
        objects: route.object_segment.map(|_| route.objects.number),
        is_objects_estimate: route.object_segment.is_some() && route.objects.is_estimate,
        requests: route.requests,
        clients,
        is_clients_estimate,
        statuses: counts(statuses),
        answered_per_mille: route.answered_per_mille(),
        bytes_p50,
        bytes_p99,
        first,
        last,
        methods: counts(route.methods.iter().copied()),
        params: route.params.iter().map(param).collect(),
        has_more_params: route.has_more_params,
    }
}

fn param(param: &ParamSummary) -> Param {
    Param {
        name: text(&param.name),
        requests: param.requests,
        class: param.class.name(),
        classes: counts(param.classes.iter().map(|(class, count)| (class.name(), *count))),
        hosts: param.hosts.number,
        is_hosts_estimate: param.hosts.is_estimate,
    }
}

fn counts<'a>(counts: impl Iterator<Item = (&'a str, u64)>) -> Map<String, Value> {
    counts.map(|(name, count)| (name.to_owned(), count.into())).collect()
}
