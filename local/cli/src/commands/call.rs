//! Places a call in a running account.

use std::collections::VecDeque;
use std::io::IsTerminal;
use std::path::Path;

use anyhow::{Context, bail};
use local_account::{CallRequest, CallStep, CallTurn, ChatRequest, LocalClient};
use local_connect::{CallEvent, CallScript};
use local_terminal::{Unwritten, ask, tell};
use tokio::io::{AsyncBufReadExt, BufReader, Lines, Stdin};

use super::numbers::table;
use super::trace;
use crate::options::Call;
use crate::outcome::Outcome;
use crate::screen::Screen;
use crate::voice::Voice;

/// Places a call, follows it to its end, and prints the messages that the caller received meanwhile, the
/// outcome and the contact id.
///
/// # Errors
/// When no account answers, the number is not in service, or the engine stopped the flow.
pub async fn run(options: &Call, screen: Screen) -> anyhow::Result<()> {
    let script = options.script.as_deref().map(read_script).transpose()?;
    // Before the call is placed, so that a mistake costs none.
    let mut voice = match (&options.wav, &options.voice_command) {
        (Some(directory), Some(command)) => Some(Voice::new(directory, command)?),
        _ => None,
    };
    let account = options.reach.client();
    let sent_before = account.messages().await?.len();
    let mut turn = start(options, &account, screen, script).await?;
    let mut caller = Caller::new(options);
    let mut outcome = Outcome::default();
    let mut regular = show(screen, &turn)?;
    outcome.follow(&turn.events);
    speak(voice.as_mut(), screen, &turn).await?;
    while turn.waiting {
        let step = caller.next(screen).await?;
        turn = account.step(&turn.id, &step).await?;
        regular &= show(screen, &turn)?;
        outcome.follow(&turn.events);
        speak(voice.as_mut(), screen, &turn).await?;
    }

    for message in account.messages().await?.iter().skip(sent_before) {
        // Other callers may be using the line at the same time; their messages are not printed.
        if options.from.as_ref() == Some(&message.phone_number) {
            screen.message(message)?;
        }
    }
    if options.trace {
        trace::show(&account, &turn.contact_id, screen.format()).await?;
    }
    screen.outcome(&outcome, &turn.contact_id)?;
    if regular {
        Ok(())
    } else {
        bail!("the flow stopped with an error; see the last line of the call")
    }
}

/// Places the call, or starts the chat.
async fn start(
    options: &Call,
    account: &LocalClient,
    screen: Screen,
    script: Option<CallScript>,
) -> anyhow::Result<CallTurn> {
    if let Some(flow) = &options.chat {
        screen.chatting(flow)?;
        let request = ChatRequest {
            flow: flow.clone(),
            script,
        };
        return Ok(account.chat(&request).await?);
    }
    let to = match &options.to {
        Some(number) => number.clone(),
        None => only_number(account).await?,
    };
    screen.dialling(options.from.as_deref(), &to)?;
    let request = CallRequest {
        to,
        from: options.from.clone(),
        script,
    };
    Ok(account.dial(&request).await?)
}

fn read_script(file: &Path) -> anyhow::Result<CallScript> {
    let name = file.display();
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {name}"))?;
    serde_json::from_str(&text).with_context(|| format!("{name} must be the script of a call"))
}

pub(crate) async fn only_number(account: &LocalClient) -> anyhow::Result<String> {
    let mut numbers = account.numbers().await?;
    match numbers.len() {
        0 => bail!("the account has claimed no number yet; apply an example first"),
        1 => Ok(numbers.remove(0).number),
        _ => bail!(
            "the account has several numbers; choose one with --to:\n{}",
            table(&numbers)
        ),
    }
}

/// Speaks the prompts of a turn, and prints the files with their sound.
async fn speak(voice: Option<&mut Voice>, screen: Screen, turn: &CallTurn) -> anyhow::Result<()> {
    let Some(voice) = voice else {
        return Ok(());
    };
    for file in voice.speak(&turn.contact_id, &turn.events).await? {
        screen.sound(&file)?;
    }
    Ok(())
}

/// Prints a turn. Returns false when the engine stopped the flow with an error.
fn show(screen: Screen, turn: &CallTurn) -> Result<bool, Unwritten> {
    for run in turn.events.chunk_by(|one, next| one == next) {
        screen.events(run)?;
    }
    let stopped = |event: &CallEvent| matches!(event, CallEvent::Ended { regular: false, .. });
    Ok(!turn.events.iter().any(stopped))
}

/// The caller's input each time the line waits.
enum Caller {
    /// Keys from the command line.
    Prepared {
        keys: VecDeque<String>,
        hang_up: bool,
    },
    /// Keys typed on standard input.
    Typing(Lines<BufReader<Stdin>>),
}

impl Caller {
    fn new(options: &Call) -> Self {
        if options.press.is_empty() && !options.silent && !options.hang_up {
            return Self::Typing(BufReader::new(tokio::io::stdin()).lines());
        }
        Self::Prepared {
            keys: options.press.iter().cloned().collect(),
            hang_up: options.hang_up,
        }
    }

    async fn next(&mut self, screen: Screen) -> anyhow::Result<CallStep> {
        match self {
            Self::Prepared { keys, hang_up } => Ok(match keys.pop_front() {
                Some(keys) => {
                    screen.pressing(&keys)?;
                    CallStep::Press(keys)
                }
                None if *hang_up => CallStep::HangUp,
                None => CallStep::Wait,
            }),
            Self::Typing(lines) => {
                let on_terminal = std::io::stdin().is_terminal();
                loop {
                    if on_terminal {
                        ask("  keys (Enter alone presses nothing, Ctrl-D hangs up): ");
                    }
                    let line = lines.next_line().await.context("cannot read the keys")?;
                    let keys = match line.as_deref().map(str::trim) {
                        None => return Ok(CallStep::HangUp),
                        Some("") => return Ok(CallStep::Wait),
                        Some(keys) => keys,
                    };
                    // A typing error does not end the call.
                    if let Err(unknown) = local_connect::strokes(keys) {
                        tell(format_args!("  {unknown}"));
                        continue;
                    }
                    // A terminal has echoed them already.
                    if !on_terminal {
                        screen.pressing(keys)?;
                    }
                    return Ok(CallStep::Press(keys.to_owned()));
                }
            }
        }
    }
}
