//! Tests the bench: runs each measurement of ours and of the floor a few times.

#![allow(
    clippy::print_stdout,
    reason = "CI reads which measurements were not possible"
)]

use std::sync::Arc;

use bench::functions::{self, Command, Effort, Packages, Subject};
use bench::report::{Results, Section, plots, targets};
use local_harness::repository;
use local_toolchain::{Cache, Silent, Toolchain};

#[tokio::test(flavor = "multi_thread")]
async fn ours_and_the_floor_are_measured_alike() -> anyhow::Result<()> {
    let toolchain = Toolchain::detect(Cache::of_user()?, Arc::new(Silent)).await?;
    let packages = Packages::build(&toolchain, &repository()?).await?;
    let effort = Effort {
        cold: 1,
        warm: 2,
        throttled_cold: 1,
        throttled_warm: 1,
        crowd: 2,
        crowd_rounds: 1,
    };
    let found = functions::run(&packages, effort, &Silent).await?;
    for why in &found.absent {
        println!("NOT MEASURED: {why}");
    }

    // The floor must send the same requests as ours.
    for (subject, floor) in [
        (Subject::Ours, Subject::Floor),
        (Subject::OursUnprotected, Subject::FloorUnprotected),
    ] {
        assert_eq!(found.round_trips[&subject], found.round_trips[&floor]);
    }
    let trips = |subject, command| found.round_trips[&subject][&command];
    assert_eq!(trips(Subject::Ours, Command::GetMemberId), 1);
    assert_eq!(trips(Subject::Ours, Command::SendSms), 3);
    assert_eq!(trips(Subject::OursUnprotected, Command::SendSms), 2);

    // Four functions over HTTP and HTTPS, with the whole machine and with each share that is possible here.
    let scenes = if found.absent.is_empty() { 8 } else { 2 };
    assert_eq!(found.figures.len(), 4 * scenes);
    for figures in &found.figures {
        assert!(figures.cold.median > figures.init.median, "{figures:?}");
        assert!(figures.peak_mib > 0.5, "{figures:?}");
        let cpu = figures.warm_cpu_ms[&Command::SendSms];
        assert!(cpu > 0.0, "{figures:?}");
    }
    let results = Results {
        functions: Some(Section::of_this_run(found)),
        ..Results::default()
    };
    let names: Vec<_> = results
        .tables()?
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert!(names.contains(&"cold-https") && names.contains(&"targets"));
    assert!(
        plots(&results)?
            .iter()
            .all(|(_, svg)| svg.ends_with("</svg>\n"))
    );
    // The other functions were not measured, so they have no targets.
    for peer in [
        Subject::Node,
        Subject::Python,
        Subject::Go,
        Subject::Tutorial,
    ] {
        let targets = targets(&results);
        let of_peer = targets
            .iter()
            .find(|target| target.what.contains(peer.title()));
        assert_eq!(of_peer, None);
    }
    Ok(())
}
