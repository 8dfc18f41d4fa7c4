//! The tables of functions.

use std::collections::BTreeMap;

use super::{Table, digits, spread};
use crate::functions::{Command, FunctionFigures, Scene, Subject, SubjectFigures, Transport};
use crate::statistics::Summary;

pub(super) fn tables(found: &FunctionFigures) -> Vec<(&'static str, Table)> {
    let http = whole_machine(Transport::Http);
    let https = whole_machine(Transport::Https);
    vec![
        ("cold-http", cold(found, http)),
        ("cold-https", cold(found, https)),
        ("warm-http", warm(found, http)),
        ("warm-https", warm(found, https)),
        ("same-work", same_work(found)),
        ("crowd-http", crowd(found, http)),
        ("crowd-https", crowd(found, https)),
        ("shares-cold", shares(found, |figures| Some(figures.cold))),
        ("shares-lambda", as_on_lambda(found)),
        (
            "shares-warm",
            shares(found, |figures| {
                figures.warm.get(&Command::SendSms).copied()
            }),
        ),
        ("sizes", sizes(found)),
    ]
}

pub(super) fn whole_machine(transport: Transport) -> Scene {
    Scene {
        transport,
        share_mb: None,
    }
}

impl FunctionFigures {
    /// Returns the figures of one subject in one scene.
    pub(super) fn of(&self, subject: Subject, scene: Scene) -> Option<&SubjectFigures> {
        self.figures
            .iter()
            .find(|figures| figures.subject == subject && figures.scene == scene)
    }

    fn in_scene(&self, scene: Scene) -> impl Iterator<Item = &SubjectFigures> {
        self.figures
            .iter()
            .filter(move |figures| figures.scene == scene)
    }
}

/// Returns the ratio to ours as text.
fn times_ours(value: f64, ours: Option<f64>) -> String {
    ours.map_or_else(|| "-".to_owned(), |ours| format!("{:.2}", value / ours))
}

/// Returns the processor time of a warm invocation as text.
fn cpu(figures: &SubjectFigures, command: Command) -> String {
    let cpu = figures.warm_cpu_ms.get(&command);
    cpu.map_or_else(|| "-".to_owned(), |cpu| digits(*cpu))
}

fn cold(found: &FunctionFigures, scene: Scene) -> Table {
    let mut table = Table::new(&[
        "",
        "cold start to first answer, ms",
        "middle half",
        "times ours",
        "init alone, ms",
        "first answer alone, ms",
        "CPU, ms",
    ]);
    let ours = found.of(Subject::Ours, scene).map(|ours| ours.cold.median);
    for figures in found.in_scene(scene) {
        let [median, middle] = spread(&figures.cold);
        table.row([
            figures.subject.title().to_owned(),
            median,
            middle,
            times_ours(figures.cold.median, ours),
            digits(figures.init.median),
            digits(figures.first.median),
            digits(figures.cold_cpu_ms.median),
        ]);
    }
    table
}

fn warm(found: &FunctionFigures, scene: Scene) -> Table {
    let mut table = Table::new(&[
        "",
        "command",
        "p50, ms",
        "middle half",
        "times ours",
        "p99, ms",
        "CPU, ms",
    ]);
    for command in Command::ALL {
        let ours = found
            .of(Subject::Ours, scene)
            .and_then(|ours| Some(ours.warm.get(&command)?.median));
        for figures in found.in_scene(scene) {
            let Some(durations) = figures.warm.get(&command) else {
                continue;
            };
            let [median, middle] = spread(durations);
            table.row([
                figures.subject.title().to_owned(),
                command.title().to_owned(),
                median,
                middle,
                times_ours(durations.median, ours),
                digits(durations.p99),
                cpu(figures, command),
            ]);
        }
    }
    table
}

/// Returns the table of a warm `sendSms` of the functions without protection, which all only look up and
/// publish.
fn same_work(found: &FunctionFigures) -> Table {
    let mut table = Table::new(&[
        "",
        "over",
        "p50, ms",
        "middle half",
        "times ours, unprotected",
        "p99, ms",
        "CPU, ms",
    ]);
    let command = Command::SendSms;
    for transport in Transport::ALL {
        let scene = whole_machine(transport);
        let ours = found
            .of(Subject::OursUnprotected, scene)
            .and_then(|ours| Some(ours.warm.get(&command)?.median));
        for figures in found.in_scene(scene) {
            let Some(durations) = figures.warm.get(&command) else {
                continue;
            };
            if figures.subject.is_protected() {
                continue;
            }
            let [median, middle] = spread(durations);
            table.row([
                figures.subject.title().to_owned(),
                transport.title().to_owned(),
                median,
                middle,
                times_ours(durations.median, ours),
                digits(durations.p99),
                cpu(figures, command),
            ]);
        }
    }
    table
}

fn crowd(found: &FunctionFigures, scene: Scene) -> Table {
    let mut table = Table::new(&[
        "",
        "command",
        "p50, ms",
        "times ours",
        "p99, ms",
        "calls per second",
        "memory of all, MiB",
    ]);
    for command in Command::ALL {
        let ours = found
            .of(Subject::Ours, scene)
            .and_then(|ours| Some(ours.crowd.get(&command)?.latency.median));
        for figures in found.in_scene(scene) {
            let Some(crowd) = figures.crowd.get(&command) else {
                continue;
            };
            table.row([
                figures.subject.title().to_owned(),
                command.title().to_owned(),
                digits(crowd.latency.median),
                times_ours(crowd.latency.median, ours),
                digits(crowd.latency.p99),
                digits(crowd.calls_per_second),
                digits(crowd.peak_mib),
            ]);
        }
    }
    table
}

/// Returns the memory sizes whose share was measured.
pub(super) fn share_sizes(found: &FunctionFigures) -> Vec<u32> {
    let mut sizes: Vec<u32> = found
        .figures
        .iter()
        .filter_map(|figures| figures.scene.share_mb)
        .collect();
    sizes.sort_unstable();
    sizes.dedup();
    sizes
}

fn by_share(
    found: &FunctionFigures,
    value: impl Fn(Subject, Transport, u32) -> Option<f64>,
) -> Table {
    let sizes = share_sizes(found);
    let mut heading = vec![String::new(), "over".to_owned()];
    heading.extend(sizes.iter().map(|size| format!("{size} MB, ms")));
    let mut table = Table::new(&heading.iter().map(String::as_str).collect::<Vec<_>>());
    for transport in Transport::ALL {
        for subject in Subject::ALL {
            let values: Vec<_> = sizes
                .iter()
                .map(|size| value(subject, transport, *size))
                .collect();
            if values.iter().all(Option::is_none) {
                continue;
            }
            let mut row = vec![subject.title().to_owned(), transport.title().to_owned()];
            row.extend(
                values
                    .into_iter()
                    .map(|value| value.map_or_else(|| "-".to_owned(), digits)),
            );
            table.row(row);
        }
    }
    table
}

fn shares(found: &FunctionFigures, value: impl Fn(&SubjectFigures) -> Option<Summary>) -> Table {
    by_share(found, |subject, transport, share| {
        let scene = Scene {
            transport,
            share_mb: Some(share),
        };
        Some(value(found.of(subject, scene)?)?.median)
    })
}

fn as_on_lambda(found: &FunctionFigures) -> Table {
    by_share(found, |subject, transport, share| {
        let throttled = Scene {
            transport,
            share_mb: Some(share),
        };
        let whole = found.of(subject, whole_machine(transport))?;
        Some(whole.cold_as_on_lambda(found.of(subject, throttled)?))
    })
}

fn sizes(found: &FunctionFigures) -> Table {
    let scene = whole_machine(Transport::Http);
    let mut table = Table::new(&[
        "",
        "peak memory, MiB",
        "zip, MB",
        "getMemberId, round trips",
        "sendSms, round trips",
    ]);
    let none = BTreeMap::new();
    for figures in found.in_scene(scene) {
        let subject = figures.subject;
        let trips = found.round_trips.get(&subject).unwrap_or(&none);
        let trips = |command| {
            trips
                .get(&command)
                .map_or_else(|| "-".to_owned(), usize::to_string)
        };
        table.row([
            subject.title().to_owned(),
            digits(figures.peak_mib),
            found
                .zip_bytes
                .get(&subject)
                .map_or_else(|| "-".to_owned(), |bytes| digits(*bytes as f64 / 1e6)),
            trips(Command::GetMemberId),
            trips(Command::SendSms),
        ]);
    }
    table
}
