//! The targets, and whether the figures meet them.

use super::functions::whole_machine;
use super::{Results, Table, digits};
use crate::calls::CallFigures;
use crate::functions::{Command, FunctionFigures, Subject, SubjectFigures, Transport};

/// A target with its figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// The name of the measured value.
    pub what: String,
    pub limit: Limit,
    /// The measured value.
    pub found: f64,
}

/// The limit of a target.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Limit {
    AtMost(f64),
    AtLeast(f64),
}

impl Target {
    /// Reports whether the figure meets the target.
    pub fn is_met(&self) -> bool {
        match self.limit {
            Limit::AtMost(limit) => self.found <= limit,
            Limit::AtLeast(limit) => self.found >= limit,
        }
    }
}

/// A function with which ours is compared, with the targets for its times as multiples of ours.
struct Peer {
    subject: Subject,
    cold_http: f64,
    cold_https: f64,
    /// The target for a warm call with the same work.
    warm: f64,
    /// Whether `warm` also applies to `sendSms` of ours with every protection.
    applies_with_protection: bool,
}

const PEERS: [Peer; 4] = [
    Peer {
        subject: Subject::Node,
        cold_http: 15.0,
        cold_https: 8.0,
        warm: 4.0,
        applies_with_protection: true,
    },
    Peer {
        subject: Subject::Python,
        cold_http: 25.0,
        cold_https: 10.0,
        warm: 3.0,
        applies_with_protection: true,
    },
    // Go and Rust are compiled too: the start of ours must be shorter by a third, and its warm calls not slower.
    Peer {
        subject: Subject::Go,
        cold_http: 1.5,
        cold_https: 1.5,
        warm: 1.0,
        applies_with_protection: false,
    },
    Peer {
        subject: Subject::Tutorial,
        cold_http: 1.5,
        cold_https: 1.5,
        warm: 1.0,
        applies_with_protection: false,
    },
];

/// Returns the targets whose values were measured.
pub fn targets(results: &Results) -> Vec<Target> {
    let mut targets = Vec::new();
    if let Some(section) = &results.functions {
        functions(&section.figures, &mut targets);
    }
    if let Some(section) = &results.calls {
        calls(&section.figures, &mut targets);
    }
    targets
}

fn functions(found: &FunctionFigures, targets: &mut Vec<Target>) {
    let mut add = |what: String, limit: Limit, value: Option<f64>| {
        // A target without a measured value is omitted, not met.
        if let Some(found) = value {
            targets.push(Target { what, limit, found });
        }
    };
    let ratio = |one: Subject,
                 other: Subject,
                 transport: Transport,
                 value: &dyn Fn(&SubjectFigures) -> Option<f64>| {
        let scene = whole_machine(transport);
        Some(value(found.of(one, scene)?)? / value(found.of(other, scene)?)?)
    };
    for transport in Transport::ALL {
        let cold = |figures: &SubjectFigures| Some(figures.cold.median);
        for peer in &PEERS {
            add(
                format!(
                    "{}: cold start of {}, times ours",
                    transport.title(),
                    peer.subject.title()
                ),
                Limit::AtLeast(match transport {
                    Transport::Http => peer.cold_http,
                    Transport::Https => peer.cold_https,
                }),
                ratio(peer.subject, Subject::Ours, transport, &cold),
            );
        }
        add(
            format!("{}: cold start of ours, times the floor", transport.title()),
            Limit::AtMost(1.2),
            ratio(Subject::Ours, Subject::Floor, transport, &cold),
        );
    }
    for command in Command::ALL {
        let warm = |figures: &SubjectFigures| Some(figures.warm.get(&command)?.median);
        let http = Transport::Http;
        // Ours has every protection, although the others have none.
        for peer in PEERS.iter().filter(|peer| match command {
            Command::GetMemberId => true,
            Command::SendSms => peer.applies_with_protection,
        }) {
            add(
                format!(
                    "{}: warm p50 of {}, times ours",
                    command.title(),
                    peer.subject.title()
                ),
                Limit::AtLeast(peer.warm),
                ratio(peer.subject, Subject::Ours, http, &warm),
            );
        }
        add(
            format!("{}: warm p50 of ours, times the floor", command.title()),
            Limit::AtMost(1.15),
            ratio(Subject::Ours, Subject::Floor, http, &warm),
        );
    }
    for peer in &PEERS {
        let warm = |figures: &SubjectFigures| Some(figures.warm.get(&Command::SendSms)?.median);
        add(
            format!(
                "sendSms, the same work: warm p50 of {}, times ours, unprotected",
                peer.subject.title()
            ),
            Limit::AtLeast(peer.warm),
            ratio(
                peer.subject,
                Subject::OursUnprotected,
                Transport::Http,
                &warm,
            ),
        );
    }
    for (subject, command, most) in [
        (Subject::Ours, Command::GetMemberId, 1.0),
        (Subject::Ours, Command::SendSms, 3.0),
        (Subject::OursUnprotected, Command::SendSms, 2.0),
    ] {
        let trips = found
            .round_trips
            .get(&subject)
            .and_then(|trips| Some(*trips.get(&command)? as f64));
        add(
            format!(
                "{}, {}: round trips in sequence",
                command.title(),
                subject.title()
            ),
            Limit::AtMost(most),
            trips,
        );
    }
    let ours = found.of(Subject::Ours, whole_machine(Transport::Http));
    add(
        "peak memory of ours, MiB".to_owned(),
        Limit::AtMost(10.0 * 1e6 / f64::from(1 << 20)),
        ours.map(|ours| ours.peak_mib),
    );
    add(
        "zip of ours, MB".to_owned(),
        Limit::AtMost(2.5),
        found
            .zip_bytes
            .get(&Subject::Ours)
            .map(|bytes| *bytes as f64 / 1e6),
    );
}

fn calls(found: &CallFigures, targets: &mut Vec<Target>) {
    if let Some(most) = found.engine.last() {
        targets.push(Target {
            what: "flow engine: calls per second of one processor".to_owned(),
            limit: Limit::AtLeast(40_000.0),
            found: most.per_second.median,
        });
    }
    if let Some(open) = found.open.iter().find(|open| open.calls == 10_000) {
        targets.push(Target {
            what: "10,000 calls open at once, MiB".to_owned(),
            limit: Limit::AtMost(200.0 * 1e6 / f64::from(1 << 20)),
            found: open.open_mib,
        });
    }
}

pub(super) fn table(targets: &[Target]) -> Table {
    let mut table = Table::new(&["target", "should be", "is", ""]);
    for target in targets {
        let limit = match target.limit {
            Limit::AtMost(limit) => format!("at most {}", digits(limit)),
            Limit::AtLeast(limit) => format!("at least {}", digits(limit)),
        };
        let verdict = if target.is_met() { "met" } else { "missed" };
        table.row([
            target.what.clone(),
            limit,
            digits(target.found),
            verdict.to_owned(),
        ]);
    }
    table
}
