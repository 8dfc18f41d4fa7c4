//! Every dependency of the function, failing in every way there is.

use e2e::Failure;
use local_account::{Caller, Effect, FaultRule};

use crate::world::{NOT_SENT, SENT, TROUBLE, World};

/// What happens when it fails for good, and whether the message goes out nevertheless.
struct Dependency {
    service: &'static str,
    operation: &'static str,
}

const DEPENDENCIES: [Dependency; 3] = [
    Dependency {
        service: "dynamodb",
        operation: "GetItem",
    },
    Dependency {
        service: "dynamodb",
        operation: "UpdateItem",
    },
    Dependency {
        service: "sns",
        operation: "Publish",
    },
];

pub(crate) async fn every_failure_of_every_dependency_is_spoken(
    world: &World,
) -> Result<(), Failure> {
    let pin = world.campaign("99990001", []).await?;
    let faults = world.line.aws.account.faults();
    let effects = [
        Effect::Throttle,
        Effect::ServerError,
        Effect::Reset,
        Effect::LostAnswer,
        Effect::WrongBody,
        Effect::Latency { ms: 2_500 },
    ];
    let mut n = 0;
    for dependency in &DEPENDENCIES {
        for effect in &effects {
            n += 1;
            let caller = world.member(9, n).await?;
            let days_before = world.caller_days().await?;
            // The line identifies the caller first; what fails is the call that carries the PIN.
            let mut call = world.dial(&caller).await?;
            assert!(call.is_waiting(), "{:?}", call.events());
            faults.add(
                FaultRule::new(dependency.service, effect.clone())
                    .operation(dependency.operation)
                    .caller(Caller::Functions),
            )?;
            call.press(&format!("{pin}#")).await;
            faults.clear();
            call.hang_up().await;
            let words = call.heard().last().copied().unwrap_or_default().to_owned();
            let what = format!("{}:{} {effect:?}", dependency.service, dependency.operation);
            let sent = world.sent_to(&caller);
            assert!(sent <= 1, "{what}: {sent} messages");
            assert!(
                [SENT, NOT_SENT, TROUBLE].contains(&words.as_str()),
                "{what}: {words}"
            );
            assert!(
                words != SENT || sent == 1,
                "{what}: told of a message that never went"
            );

            // The world is kind again. What the caller hears then is true, and there is never a
            // second message for the same contact; a new contact may get its own.
            let again = world.last_words(&caller, &[pin]).await?;
            assert_eq!(again, SENT, "{what}: the next call suffers");
            assert_eq!(world.sent_to(&caller), sent + 1, "{what}");

            // Whatever went wrong, the record knows of each message that went: what was sent is
            // claimed, and what is claimed is never sent again.
            let mut days = world.caller_days().await?;
            days.retain(|key, _| !days_before.contains_key(key));
            let [day] = days.into_values().collect::<Vec<_>>()[..] else {
                panic!("{what}: the caller has no day of its own");
            };
            assert!(
                day.claims > sent,
                "{what}: {day:?} after {sent} and one messages"
            );
            assert!((1..=day.claims).contains(&day.sent), "{what}: {day:?}");
        }
    }
    Ok(())
}
