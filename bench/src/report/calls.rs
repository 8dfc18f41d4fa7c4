//! The tables of calls.

use super::{Table, digits};
use crate::calls::{CallFigures, Throughput};

pub(super) fn tables(found: &CallFigures) -> Vec<(&'static str, Table)> {
    let mut throughput = Table::new(&[
        "calls",
        "flow engine, per second",
        "middle half",
        "Amazon Connect, per second",
        "middle half",
    ]);
    for (engine, connect) in found.engine.iter().zip(&found.connect) {
        let cells = |throughput: &Throughput| {
            let rate = throughput.per_second;
            let middle = format!("{:.0} to {:.0}", rate.p25, rate.p75);
            [format!("{:.0}", rate.median), middle]
        };
        let row = [
            vec![engine.calls.to_string()],
            cells(engine).into(),
            cells(connect).into(),
        ];
        throughput.row(row.concat());
    }
    let mut open = Table::new(&[
        "open calls",
        "memory before, MiB",
        "memory, MiB",
        "one call, KiB",
        "peak to the end, MiB",
    ]);
    for calls in &found.open {
        let one = (calls.open_mib - calls.before_mib) * 1024.0 / calls.calls as f64;
        open.row([
            calls.calls.to_string(),
            digits(calls.before_mib),
            digits(calls.open_mib),
            digits(one),
            digits(calls.peak_mib),
        ]);
    }
    let mut line = Table::new(&["calls", "per second", "memory of the account, MiB"]);
    for calls in &found.line.calls {
        line.row([
            calls.calls.to_string(),
            digits(calls.per_second),
            digits(calls.account_mib),
        ]);
    }
    let mut terraform = Table::new(&["", "median, s", "least to most, s"]);
    let figures = &found.line.terraform;
    for (name, seconds) in [
        ("terraform apply", figures.apply),
        ("terraform plan, nothing to do", figures.plan),
        ("terraform destroy", figures.destroy),
    ] {
        terraform.row([
            name.to_owned(),
            digits(seconds.median),
            format!("{} to {}", digits(seconds.min), digits(seconds.max)),
        ]);
    }
    vec![
        ("throughput", throughput),
        ("open-calls", open),
        ("line", line),
        ("terraform", terraform),
    ]
}
