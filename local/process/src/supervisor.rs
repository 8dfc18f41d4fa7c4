//! The supervisor: the process between a program and the one that started it.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitCode, ExitStatus};

use rustix::process::{Pid, Signal as Kind, getpgrp, getpid, kill_process};
use tokio::process::Child;
use tokio::runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::below::end_everything_below;
use crate::start::{Launch, Manner, start_through_itself};
use crate::stop_signals::StopSignals;
use crate::subcommand::{Order, Report, end_by_signal, signal_at_the_end_of};

/// The signal at which the supervisor ends everything below it. The process that started the supervisor
/// sends it, or the system when that process ends.
pub(crate) const END: Kind = Kind::USR1;

/// Starts the program, forwards signals that ask it to stop, and waits for its end. Then, or when the
/// process that started this one ends, all descendants are killed.
pub(crate) fn supervise(order: Order, report: Report) -> ExitCode {
    let runtime = match runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return report.failed(&error),
    };
    let status = runtime.block_on(async {
        let (mut child, mut asked) = match start(order).await {
            Ok(started) => started,
            Err(error) => return Err(report.failed(&error)),
        };
        report.started(child.id());
        let status = loop {
            tokio::select! {
                status = child.wait() => break Some(status),
                Some(asked) = asked.next() => match asked {
                    SupervisorRequest::End => break None,
                    SupervisorRequest::PassOn(signal) => pass_on(&child, signal),
                },
            }
        };
        end_everything_below();
        Ok(status)
    });
    match status {
        Ok(Some(Ok(status))) => as_it_ended(status),
        Ok(Some(Err(error))) => {
            tracing::debug!(%error, "cannot wait for a program");
            ExitCode::FAILURE
        }
        Ok(None) => end_by_signal(Kind::KILL.as_raw()),
        Err(code) => code,
    }
}

async fn start(order: Order) -> io::Result<(Child, RequestSource)> {
    // Before the signal may arrive.
    let asked = RequestSource::begin()?;
    // So that the program dies with this process if it is killed.
    start_through_itself()?;
    signal_at_the_end_of(order.parent, END)?;
    let mut launch = Launch::prepare(&order.program, Manner::Become, order.open_files)?;
    launch.command().args(order.arguments);
    if getpgrp() == getpid() {
        // The program was to lead a group, and would lead one without this process.
        launch.command().process_group(0);
    }
    Ok((launch.spawn().await?, asked))
}

/// A request to the supervisor.
enum SupervisorRequest {
    /// End everything.
    End,
    /// Forward the signal to the program.
    PassOn(Kind),
}

/// The source of the requests.
struct RequestSource {
    stop: StopSignals,
    end: Signal,
}

impl RequestSource {
    fn begin() -> io::Result<Self> {
        Ok(Self {
            stop: StopSignals::listen()?,
            end: signal(SignalKind::user_defined1())?,
        })
    }

    async fn next(&mut self) -> Option<SupervisorRequest> {
        tokio::select! {
            Some(()) = self.end.recv() => Some(SupervisorRequest::End),
            Some(signal) = self.stop.next() => Some(SupervisorRequest::PassOn(signal.kind())),
            else => None,
        }
    }
}

fn pass_on(child: &Child, signal: Kind) {
    let id = child.id().and_then(|id| i32::try_from(id).ok());
    if let Some(id) = id.and_then(Pid::from_raw)
        && let Err(error) = kill_process(id, signal)
    {
        tracing::debug!(%error, "cannot forward a signal");
    }
}

/// Ends this process with the same status as the program.
fn as_it_ended(status: ExitStatus) -> ExitCode {
    if let Some(number) = status.signal() {
        return end_by_signal(number);
    }
    let code = status.code().unwrap_or(1);
    ExitCode::from(u8::try_from(code).unwrap_or(u8::MAX))
}
