//! Places calls to an account in this process.

use std::sync::Arc;

use local_connect::{Call, CallerId, ConnectService, DialError, UnknownKey, strokes};

/// The reason why a call could not be placed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    #[error(transparent)]
    NotAnswered(#[from] DialError),
    /// An entry contains a symbol that is not a telephone key.
    #[error(transparent)]
    UnknownKey(#[from] UnknownKey),
}

/// Dials `to` as `from` and presses one of the `entries`, such as `"0042#"`, each time the line
/// waits. The call returns when it is over, or when the line waits and no entry is left. Entries
/// that the line did not wait for are not pressed.
///
/// # Errors
/// [`PlaceError`]; unknown keys are reported before the number is dialed.
pub async fn place<K: AsRef<str>>(
    connect: &Arc<ConnectService>,
    to: &str,
    from: CallerId,
    entries: &[K],
) -> Result<Call, PlaceError> {
    let entries: Vec<_> = entries
        .iter()
        .map(|entry| strokes(entry.as_ref()))
        .collect::<Result<_, _>>()?;
    let mut call = connect.dial(to, from).await?;
    for entry in &entries {
        if !call.is_waiting() {
            break;
        }
        call.press(entry).await;
    }
    Ok(call)
}

/// Presses keys, written as symbols, in a call that waits. A comma is a pause of a second.
///
/// # Errors
/// [`UnknownKey`]; then no key is pressed.
pub async fn press(call: &mut Call, symbols: &str) -> Result<(), UnknownKey> {
    call.press(&strokes(symbols)?).await;
    Ok(())
}
