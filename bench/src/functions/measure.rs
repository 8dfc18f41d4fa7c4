//! Runs the measurements of all functions, and summarizes them.

use std::collections::BTreeMap;
use std::time::Instant;

use anyhow::Context;
use futures_util::future::try_join_all;
use local_account::{Caller, Effect, FaultRule, sequential_round_trips};
use local_toolchain::Progress;
use serde::{Deserialize, Serialize};

use super::invocation::{Report, invoke};
use super::processes::{self, Usage};
use super::setup::BenchSetup;
use super::{Command, CpuShare, Packages, Subject, Transport};
use crate::statistics::Summary;

/// The extent of a measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effort {
    /// Cold starts of each function.
    pub cold: usize,
    /// Warm invocations of each function and command.
    pub warm: usize,
    /// Cold starts of each function with each share of a processor.
    pub throttled_cold: usize,
    /// Warm invocations of each function and command with each share of a processor.
    pub throttled_warm: usize,
    /// The number of parallel invocations.
    pub crowd: usize,
    /// Consecutive invocations of each of them, for each function and command.
    pub crowd_rounds: usize,
}

impl Effort {
    /// The extent for reliable figures.
    pub const FULL: Self = Self {
        cold: 30,
        warm: 400,
        throttled_cold: 3,
        throttled_warm: 10,
        crowd: 50,
        crowd_rounds: 8,
    };

    /// The smallest extent, which shows only that everything works.
    pub const QUICK: Self = Self {
        cold: 3,
        warm: 20,
        throttled_cold: 1,
        throttled_warm: 3,
        crowd: 4,
        crowd_rounds: 2,
    };
}

/// Memory sizes whose share of a processor is measured, in MB.
pub(super) const SHARES_MB: [u32; 3] = [128, 256, 512];
/// The invocations that warm up caches, connections and interpreters.
const WARM_UP: usize = 40;
/// The consecutive invocations of a function before the next function's turn.
const TURN: usize = 20;
/// The delay of answers that makes parallel requests overlap.
const ROUND_TRIP_MS: u64 = 50;

/// The conditions of a measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Scene {
    pub transport: Transport,
    /// The memory size whose share of a processor the function has; `None` for the whole machine.
    pub share_mb: Option<u32>,
}

/// The figures of one function in one scene. Times are in milliseconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubjectFigures {
    pub subject: Subject,
    pub scene: Scene,
    /// From the start of the process to its first answer, which is to `getMemberId`.
    pub cold: Summary,
    /// From the start of the process until it requests an event.
    pub init: Summary,
    /// The first answer alone.
    pub first: Summary,
    /// Processor time of start and first answer.
    pub cold_cpu_ms: Summary,
    /// A warm invocation.
    pub warm: BTreeMap<Command, Summary>,
    /// Processor time of a warm invocation.
    pub warm_cpu_ms: BTreeMap<Command, f64>,
    /// Peak memory after the warm invocations, in MiB.
    pub peak_mib: f64,
    /// Parallel invocations; measured with the whole machine only.
    pub crowd: BTreeMap<Command, Crowd>,
}

impl SubjectFigures {
    /// Returns the time of a cold start to the first answer as on Lambda, in milliseconds. Lambda gives a
    /// starting function the whole processor until the first event. So the start is from these figures, which
    /// must be those of the whole machine, and the first answer from `throttled`, the figures with a share.
    pub fn cold_as_on_lambda(&self, throttled: &Self) -> f64 {
        self.init.median + throttled.first.median
    }
}

/// Figures of parallel invocations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Crowd {
    /// The time of one invocation, in milliseconds.
    pub latency: Summary,
    pub calls_per_second: f64,
    /// Peak memory of all processes together, in MiB.
    pub peak_mib: f64,
}

/// The figures of all functions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FunctionFigures {
    pub effort: Effort,
    /// The figures by subject and scene.
    pub figures: Vec<SubjectFigures>,
    /// Round trips in sequence of each command.
    pub round_trips: BTreeMap<Subject, BTreeMap<Command, usize>>,
    /// Sizes of the zips in bytes.
    pub zip_bytes: BTreeMap<Subject, usize>,
    /// Measurements that were not possible, with the reasons.
    pub absent: Vec<String>,
}

/// A function with its measurements so far.
struct Candidate {
    subject: Subject,
    function: String,
    cold: Vec<f64>,
    init: Vec<f64>,
    first: Vec<f64>,
    cold_cpu: Vec<f64>,
    warm: BTreeMap<Command, Vec<f64>>,
    warm_cpu: BTreeMap<Command, f64>,
    peak_mib: f64,
    crowd: BTreeMap<Command, Crowd>,
}

/// Measures all functions in all scenes.
///
/// # Errors
/// When a function cannot be deployed or answers wrongly.
pub async fn run(
    packages: &Packages,
    effort: Effort,
    progress: &dyn Progress,
) -> anyhow::Result<FunctionFigures> {
    let mut found = FunctionFigures {
        effort,
        figures: Vec::new(),
        round_trips: BTreeMap::new(),
        zip_bytes: packages
            .packages
            .iter()
            .map(|(subject, package)| (*subject, package.zip.len()))
            .collect(),
        absent: packages
            .absent
            .iter()
            .map(|(subject, why)| format!("{}: {why}", subject.title()))
            .collect(),
    };
    progress.step("Counting round trips");
    found.round_trips = round_trips(packages).await?;
    for transport in Transport::ALL {
        let figures = Stage::measure(packages, effort, transport, None, progress).await?;
        found.figures.extend(figures);
    }
    for share_mb in SHARES_MB {
        let share = match CpuShare::of_memory(share_mb) {
            Ok(share) => share,
            Err(error) => {
                let text = format!("the share of {share_mb} MB: {error:#}");
                found.absent.push(text);
                continue;
            }
        };
        for transport in Transport::ALL {
            let figures =
                Stage::measure(packages, effort, transport, Some(&share), progress).await?;
            found.figures.extend(figures);
        }
    }
    Ok(found)
}

/// The measurements of one scene. Each scene has an account of its own, so that logs and tables of one do not
/// slow another.
struct Stage<'a> {
    setup: BenchSetup,
    candidates: Vec<Candidate>,
    progress: &'a dyn Progress,
}

impl<'a> Stage<'a> {
    async fn measure(
        packages: &Packages,
        effort: Effort,
        transport: Transport,
        share: Option<&CpuShare>,
        progress: &'a dyn Progress,
    ) -> anyhow::Result<Vec<SubjectFigures>> {
        let scene = Scene {
            transport,
            share_mb: share.map(CpuShare::memory_mb),
        };
        let (cold, warm) = match share {
            None => (effort.cold, effort.warm),
            Some(_) => (effort.throttled_cold, effort.throttled_warm),
        };
        let calls = (cold + warm * 2 + WARM_UP * 2 + effort.crowd * (effort.crowd_rounds + 1) * 2)
            * Subject::ALL.len();
        let setup = BenchSetup::start(u32::try_from(calls)?).await?;
        let name = match scene.share_mb {
            None => transport.title().to_owned(),
            Some(mb) => format!("{}, {mb} MB's share", transport.title()),
        };
        let mut stage = Self {
            setup,
            candidates: Vec::new(),
            progress,
        };
        for subject in Subject::ALL {
            let function = stage
                .setup
                .deploy(packages, subject, transport, share)
                .await?;
            if let Some(function) = function {
                stage.candidates.push(Candidate::new(subject, function));
            }
        }
        progress.step(&format!("{name}: cold starts"));
        stage.cold_starts(cold).await?;
        if warm > 0 {
            progress.step(&format!("{name}: one call at a time"));
            stage
                .warm_calls(warm, if share.is_some() { 5 } else { WARM_UP })
                .await?;
        }
        if share.is_none() && effort.crowd > 0 {
            progress.step(&format!("{name}: {} calls at a time", effort.crowd));
            stage.crowds(effort).await?;
        }
        let Self {
            setup, candidates, ..
        } = stage;
        setup.account.shutdown().await;
        candidates
            .into_iter()
            .map(|candidate| candidate.summarize(scene))
            .collect()
    }

    async fn cold_starts(&mut self, times: usize) -> anyhow::Result<()> {
        for turn in 0..times {
            for at in 0..self.candidates.len() {
                let function = self.candidates[at].function.clone();
                self.progress
                    .detail(&format!("{function}, {turn} of {times}"));
                self.setup.make_cold(&function, turn).await?;
                let caller = self.setup.caller()?;
                let report =
                    invoke(&self.setup.lambda, &function, Command::GetMemberId, caller).await?;
                let init = report.init.with_context(|| {
                    format!("{function} must start a process, but one was already running")
                })?;
                let usage = total(&function);
                let candidate = &mut self.candidates[at];
                candidate.cold.push(init + report.duration);
                candidate.init.push(init);
                candidate.first.push(report.duration);
                candidate.cold_cpu.push(usage.cpu_ms);
            }
        }
        Ok(())
    }

    async fn warm_calls(&mut self, times: usize, warm_up: usize) -> anyhow::Result<()> {
        for command in Command::ALL {
            for at in 0..self.candidates.len() {
                self.calls(at, command, warm_up).await?;
            }
            let mut left = times;
            while left > 0 {
                let turn = left.min(TURN);
                for at in 0..self.candidates.len() {
                    let function = self.candidates[at].function.clone();
                    self.progress.detail(&function);
                    let before = total(&function);
                    let reports = self.calls(at, command, turn).await?;
                    let after = total(&function);
                    let candidate = &mut self.candidates[at];
                    *candidate.warm_cpu.entry(command).or_default() +=
                        (after.cpu_ms - before.cpu_ms) / times as f64;
                    candidate.peak_mib = candidate.peak_mib.max(after.peak_mib);
                    let durations = candidate.warm.entry(command).or_default();
                    durations.extend(reports.iter().map(|report| report.duration));
                }
                left -= turn;
            }
        }
        Ok(())
    }

    async fn calls(
        &mut self,
        at: usize,
        command: Command,
        times: usize,
    ) -> anyhow::Result<Vec<Report>> {
        let function = self.candidates[at].function.clone();
        let mut reports = Vec::with_capacity(times);
        for _ in 0..times {
            let caller = self.setup.caller()?;
            reports.push(invoke(&self.setup.lambda, &function, command, caller).await?);
        }
        Ok(reports)
    }

    async fn crowds(&mut self, effort: Effort) -> anyhow::Result<()> {
        for command in Command::ALL {
            for at in 0..self.candidates.len() {
                let function = self.candidates[at].function.clone();
                self.progress.detail(&function);
                // The first round starts the processes.
                self.crowd(&function, command, effort.crowd, 1).await?;
                let started = Instant::now();
                let durations = self
                    .crowd(&function, command, effort.crowd, effort.crowd_rounds)
                    .await?;
                let took = started.elapsed();
                let crowd = Crowd {
                    calls_per_second: durations.len() as f64 / took.as_secs_f64(),
                    latency: Summary::of(durations)?,
                    peak_mib: total(&function).peak_mib,
                };
                self.candidates[at].crowd.insert(command, crowd);
            }
        }
        // The processes would use up memory of the next scene.
        for candidate in &self.candidates {
            self.setup.delete(&candidate.function).await?;
        }
        Ok(())
    }

    async fn crowd(
        &mut self,
        function: &str,
        command: Command,
        members: usize,
        rounds: usize,
    ) -> anyhow::Result<Vec<f64>> {
        let mut tasks = Vec::with_capacity(members);
        for _ in 0..members {
            let callers = (0..rounds)
                .map(|_| self.setup.caller())
                .collect::<anyhow::Result<Vec<_>>>()?;
            let (lambda, function) = (self.setup.lambda.clone(), function.to_owned());
            tasks.push(async move {
                let mut durations = Vec::with_capacity(callers.len());
                for caller in callers {
                    let report = invoke(&lambda, &function, command, caller).await?;
                    durations.push(report.duration);
                }
                anyhow::Ok(durations)
            });
        }
        Ok(try_join_all(tasks).await?.into_iter().flatten().collect())
    }
}

impl Candidate {
    fn new(subject: Subject, function: String) -> Self {
        Self {
            subject,
            function,
            cold: Vec::new(),
            init: Vec::new(),
            first: Vec::new(),
            cold_cpu: Vec::new(),
            warm: BTreeMap::new(),
            warm_cpu: BTreeMap::new(),
            peak_mib: 0.0,
            crowd: BTreeMap::new(),
        }
    }

    fn summarize(self, scene: Scene) -> anyhow::Result<SubjectFigures> {
        Ok(SubjectFigures {
            subject: self.subject,
            scene,
            cold: Summary::of(self.cold)?,
            init: Summary::of(self.init)?,
            first: Summary::of(self.first)?,
            cold_cpu_ms: Summary::of(self.cold_cpu)?,
            warm: self
                .warm
                .into_iter()
                .map(|(command, durations)| Ok((command, Summary::of(durations)?)))
                .collect::<anyhow::Result<_>>()?,
            warm_cpu_ms: self.warm_cpu,
            peak_mib: self.peak_mib,
            crowd: self.crowd,
        })
    }
}

/// Returns the usage of all processes of a function together.
fn total(function: &str) -> Usage {
    let mut total = Usage::default();
    for usage in processes::of_function(function).values() {
        total.cpu_ms += usage.cpu_ms;
        total.peak_mib += usage.peak_mib;
    }
    total
}

/// Counts round trips in sequence, with answers that are slow enough for parallel requests to overlap.
async fn round_trips(
    packages: &Packages,
) -> anyhow::Result<BTreeMap<Subject, BTreeMap<Command, usize>>> {
    let mut setup = BenchSetup::start(u32::try_from(Subject::ALL.len() * 4)?).await?;
    for service in ["dynamodb", "sns"] {
        let rule = FaultRule::new(service, Effect::Latency { ms: ROUND_TRIP_MS });
        setup.account.faults().add(rule.caller(Caller::Functions))?;
    }
    let mut counts = BTreeMap::new();
    for subject in Subject::ALL {
        let function = setup
            .deploy(packages, subject, Transport::Http, None)
            .await?;
        let Some(function) = function else { continue };
        for command in Command::ALL {
            // The first invocation may send requests that later ones do not need.
            for _ in 0..2 {
                let caller = setup.caller()?;
                setup.account.clear_requests();
                invoke(&setup.lambda, &function, command, caller).await?;
            }
            let requests = setup.account.requests();
            let of_function = requests.iter().filter(|request| request.role.is_some());
            let trips = sequential_round_trips(of_function);
            let of_subject: &mut BTreeMap<_, _> = counts.entry(subject).or_default();
            of_subject.insert(command, trips);
        }
    }
    setup.account.shutdown().await;
    Ok(counts)
}
