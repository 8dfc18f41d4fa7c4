//! Ctrl-C and the other signals that ask a command to end.

use std::io;
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;

use local_process::{StopSignal, StopSignals, end_everything_below};
use local_terminal::tell;
use local_toolchain::remove_work_directories;
use tokio::runtime;
use tokio::sync::watch;

/// What a shell says of a program that was ended by SIGINT: 128 and the signal's number.
const INTERRUPTED: i32 = 128 + 2;

/// Completes when the user presses Ctrl-C (SIGINT), the system asks the process to end (SIGTERM) or the
/// terminal is closed (SIGHUP).
///
/// This is heard also where it happened between [`listen`] and this call.
///
/// # Errors
/// When the process may not listen to signals.
pub async fn interrupted() -> io::Result<()> {
    let mut heard = heard()?;
    // The sender lives in a thread that ends with the process.
    match heard.wait_for(|heard| *heard).await {
        Ok(_) => Ok(()),
        Err(_) => Err(io::Error::other(
            "the thread that listens to signals is gone",
        )),
    }
}

/// From now on these signals do not end the process by themselves, but for a second Ctrl-C: it kills
/// what runs below this process, removes its temporary directories and ends it with exit code 130. The
/// others are not counted: a closed terminal, and programs that limit the time of another one, send
/// theirs twice. To be called before anything is made that has to be removed.
///
/// # Errors
/// When the process may not listen to signals.
pub fn listen() -> io::Result<()> {
    heard().map(drop)
}

/// Listens in a thread of its own, which no busy worker of a runtime holds up.
fn heard() -> io::Result<watch::Receiver<bool>> {
    static LISTENING: Mutex<Option<watch::Receiver<bool>>> = Mutex::new(None);
    let mut listening = LISTENING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(heard) = &*listening {
        return Ok(heard.clone());
    }
    let (sender, heard) = watch::channel(false);
    let (ready, listens) = mpsc::channel();
    thread::Builder::new()
        .name("signals".into())
        .spawn(move || {
            let begun = runtime::Builder::new_current_thread().enable_all().build();
            let begun = begun.and_then(|runtime| {
                let signals = runtime.block_on(async { StopSignals::listen() })?;
                Ok((runtime, signals))
            });
            match begun {
                Ok((runtime, signals)) => {
                    drop(ready.send(Ok(())));
                    runtime.block_on(hear(signals, &sender));
                }
                Err(error) => drop(ready.send(Err(error))),
            }
        })?;
    listens.recv().map_err(io::Error::other)??;
    Ok(listening.insert(heard).clone())
}

async fn hear(mut signals: StopSignals, heard: &watch::Sender<bool>) {
    signals.next().await;
    heard.send_replace(true);
    while let Some(signal) = signals.next().await {
        if signal == StopSignal::Interrupt {
            end_at_once();
        }
    }
}

/// Held from the second Ctrl-C on, until the process has ended.
static ENDING: Mutex<()> = Mutex::new(());

/// Waits for the end of the process if a second Ctrl-C has begun it: what that kills ends the work of the
/// other threads, too, and the exit code is to tell why.
pub fn wait_if_ending() {
    drop(ENDING.lock().unwrap_or_else(PoisonError::into_inner));
}

fn end_at_once() {
    let _ending = ENDING.lock().unwrap_or_else(PoisonError::into_inner);
    end_everything_below();
    remove_work_directories();
    tell("ended at once; what was being done is half done");
    std::process::exit(INTERRUPTED);
}
