use super::*;

fn menu(parameters: Value) -> Vec<Value> {
    vec![
        with_conditions(
            "menu",
            "GetParticipantInput",
            parameters,
            "bye",
            &[("Equals", "1", "one"), ("Equals", "*", "star")],
            &[
                ("InputTimeLimitExceeded", "late"),
                ("NoMatchingCondition", "other"),
                ("NoMatchingError", "failed"),
            ],
        ),
        say("one", "one", "bye"),
        say("star", "star", "bye"),
        say("late", "late", "bye"),
        say("other", "other", "bye"),
        say("failed", "failed", "bye"),
        bye(),
    ]
}

fn simple_menu() -> Vec<Value> {
    menu(json!({ "Text": "Press", "InputTimeLimitSeconds": "7", "StoreInput": "False" }))
}

#[test]
fn menu_branches_by_key() {
    for (key, heard) in [("1", "one"), ("*", "star"), ("2", "other"), ("#", "other")] {
        Call::start(&simple_menu())
            .hearing("Press")
            .press(key)
            .hear(heard)
            .is_over();
        Call::start(&simple_menu())
            .hear("Press")
            .press(key)
            .hear(heard)
            .is_over();
    }
}

#[test]
fn menu_times_out() {
    Call::start(&simple_menu())
        .hear("Press")
        .wait(7)
        .hear("late")
        .is_over();
    // A key after the limit is too late.
    let mut call = Call::start(&simple_menu());
    call.hear("Press").input(Input::KeyPressed {
        key: Key::new('1').unwrap(),
        after: Duration::from_millis(7001),
    });
    call.hear("late").is_over();
    assert_eq!(call.execution.now(), datetime!(2026-11-23 01:00:09 UTC));
}

#[test]
fn a_menu_prompt_is_interruptible_and_must_say_something() {
    let call = Call::start(&simple_menu());
    assert!(matches!(&call.output, Output::Play(prompt) if prompt.interruptible));
    let empty =
        json!({ "Text": "$.External.x", "StoreInput": "False", "InputTimeLimitSeconds": "7" });
    Call::start(&menu(empty)).hear("failed");
}

#[test]
fn a_menu_without_conditions_matches_no_key() {
    let mut actions = simple_menu();
    actions[0]["Transitions"]["Conditions"] = json!([]);
    Call::start(&actions).press("1").hear("other");
}

fn store(validation: Value, dtmf: Option<Value>) -> Vec<Value> {
    let phone = validation.get("PhoneNumberValidation").is_some();
    let mut parameters = json!({ "Text": "PIN", "StoreInput": "True", "InputTimeLimitSeconds": "10",
                                 "InputValidation": validation });
    if let Some(dtmf) = dtmf {
        parameters["DTMFConfiguration"] = dtmf;
    }
    let mut errors = vec![("NoMatchingError", "failed")];
    if phone {
        errors.push(("InvalidPhoneNumber", "invalid"));
    }
    vec![
        action("store", "GetParticipantInput", parameters, "echo", &errors),
        say("echo", "[$.StoredCustomerInput]", "bye"),
        say("failed", "failed", "bye"),
        say("invalid", "invalid", "bye"),
        bye(),
    ]
}

fn pin(dtmf: Option<Value>) -> Vec<Value> {
    store(
        json!({ "CustomValidation": { "MaximumLength": "4" } }),
        dtmf,
    )
}

#[test]
fn store_ends_in_every_way() {
    // By length, by terminator, by the time between keys, and without any key.
    Call::start(&pin(None))
        .hear("PIN")
        .press("1234")
        .hear("[1234]")
        .is_over();
    Call::start(&pin(None))
        .hearing("PIN")
        .press("1234")
        .hear("[1234]")
        .is_over();
    Call::start(&pin(None))
        .hear("PIN")
        .press("12#")
        .hear("[12]")
        .is_over();
    Call::start(&pin(None))
        .hear("PIN")
        .press("#")
        .hear("[]")
        .is_over();
    Call::start(&pin(None))
        .hear("PIN")
        .press("12")
        .wait(5)
        .hear("[12]")
        .is_over();
    let slow = Some(json!({ "InterdigitTimeLimitSeconds": "2" }));
    Call::start(&pin(slow))
        .hear("PIN")
        .press("12")
        .wait(2)
        .hear("[12]")
        .is_over();
    Call::start(&pin(None))
        .hear("PIN")
        .wait(10)
        .hear("[Timeout]")
        .is_over();
}

#[test]
fn star_clears_unless_disabled() {
    Call::start(&pin(None))
        .hear("PIN")
        .press("12*3456")
        .hear("[3456]");
    // After clearing, the block starts over.
    Call::start(&pin(None))
        .hear("PIN")
        .press("12*")
        .wait(10)
        .hear("[Timeout]");
    let plain = Some(json!({ "DisableCancelKey": "True" }));
    Call::start(&pin(plain))
        .hear("PIN")
        .press("1*2*")
        .hear("[1*2*]");
}

#[test]
fn a_block_may_have_its_own_terminator() {
    let double = Some(json!({ "InputTerminationSequence": "##" }));
    Call::start(&pin(double.clone()))
        .hear("PIN")
        .press("12##")
        .hear("[12]");
    Call::start(&pin(double))
        .hear("PIN")
        .press("1#2#")
        .hear("[1#2#]");
    let star = Some(json!({ "InputTerminationSequence": "*", "DisableCancelKey": "True" }));
    Call::start(&pin(star))
        .hear("PIN")
        .press("12*")
        .hear("[12]");
}

#[test]
fn phone_numbers_are_validated() {
    let e164 = || {
        store(
            json!({ "PhoneNumberValidation": { "NumberFormat": "E164" } }),
            None,
        )
    };
    Call::start(&e164())
        .hear("PIN")
        .press("819012345678#")
        .hear("[819012345678]");
    Call::start(&e164())
        .hear("PIN")
        .press("09012345678#")
        .hear("invalid");
    Call::start(&e164())
        .hear("PIN")
        .press("1234567890123456")
        .hear("invalid");
    Call::start(&e164()).hear("PIN").wait(10).hear("[Timeout]");
    let local =
        json!({ "PhoneNumberValidation": { "NumberFormat": "Local", "CountryCode": "JP" } });
    Call::start(&store(local.clone(), None))
        .hear("PIN")
        .press("09012345678#")
        .hear("[09012345678]");
    Call::start(&store(local, None))
        .hear("PIN")
        .press("123#")
        .hear("invalid");
}

fn buffered(enable: &str, rest: Vec<Value>) -> Vec<Value> {
    let first = rest[0]["Identifier"].as_str().unwrap().to_owned();
    let failed = [("NoMatchingError", "bye")];
    let mut actions = vec![
        action(
            "buffer",
            "GetParticipantInput",
            json!({ "EnableDTMFBuffer": enable }),
            "hi",
            &failed,
        ),
        say("hi", "Hello", &first),
    ];
    actions.extend(rest);
    actions
}

fn keys(keys: &str) -> Input {
    Input::PlayedOver {
        keys: keys.chars().map(|c| Key::new(c).unwrap()).collect(),
        took: Duration::from_secs(3),
    }
}

#[test]
fn keys_during_a_message_are_lost_without_the_buffer() {
    let mut call = Call::start(&buffered("false", simple_menu()));
    call.hearing("Hello")
        .input(keys("11"))
        .hear("Press")
        .wait(7)
        .hear("late");
    let mut call = Call::start(&buffered("false", simple_menu()));
    call.hearing("Hello")
        .press("1")
        .hear("Press")
        .press("2")
        .hear("other");
}

#[test]
fn keys_typed_ahead_skip_prompts_with_the_buffer() {
    let mut call = Call::start(&buffered("true", simple_menu()));
    call.hearing("Hello").input(keys("1")).hear("one").is_over();
    let mut call = Call::start(&buffered("true", pin(None)));
    call.hearing("Hello")
        .input(keys("12345"))
        .hear("[1234]")
        .is_over();
    // With too few keys the prompt is played, and they count.
    let mut call = Call::start(&buffered("true", pin(None)));
    call.hearing("Hello")
        .input(keys("12"))
        .hear("PIN")
        .press("34")
        .hear("[1234]");
    let mut call = Call::start(&buffered("true", pin(None)));
    call.hearing("Hello")
        .input(keys("12"))
        .hear("PIN")
        .wait(5)
        .hear("[12]");
}

#[test]
fn the_buffer_holds_thirty_keys_and_can_be_stored() {
    let failed = [("NoMatchingError", "bye")];
    let off = json!({ "EnableDTMFBuffer": "false", "StoreInput": "True" });
    let rest = vec![
        action("off", "GetParticipantInput", off, "echo", &failed),
        say("echo", "$.StoredCustomerInput", "bye"),
        bye(),
    ];
    let mut call = Call::start(&buffered("true", rest));
    call.hearing("Hello")
        .input(keys(&"12".repeat(20)))
        .hear(&"12".repeat(15))
        .is_over();
}

#[test]
fn a_message_may_be_skipped_by_keys_pressed_ahead() {
    let skipped = json!({ "Text": "Skip me", "SkipWhenDTMFBufferEnabled": "true" });
    let mut rest = vec![action("skip", "MessageParticipant", skipped, "menu", &[])];
    rest.extend(simple_menu());
    let mut call = Call::start(&buffered("true", rest.clone()));
    call.hearing("Hello").input(keys("1")).hear("one");
    let mut call = Call::start(&buffered("true", rest));
    call.hear("Hello").hear("Skip me").hear("Press");
}

#[test]
fn encrypted_input_is_not_stored_as_plain_text() {
    let mut actions = pin(None);
    actions[0]["Parameters"]["InputEncryption"] = json!({ "EncryptionKeyId": "k", "Key": "c" });
    for (encrypted, heard) in [
        (Ok("AYADeA".to_owned()), "[AYADeA]"),
        (Err("the certificate must be PEM".to_owned()), "failed"),
    ] {
        let mut call = Call::start(&actions);
        call.press("12#");
        let Output::Encrypt(input) = &call.output else {
            panic!("{:?}", call.output);
        };
        let PlainInput {
            text,
            key_id,
            certificate,
        } = input;
        assert_eq!([text, key_id, certificate], ["12", "k", "c"]);
        assert!(!format!("{input:?}").contains("12"));
        call.input(Input::Encrypted(encrypted))
            .hear(heard)
            .is_over();
    }
}

/// AWS's page of GetParticipantInput: the buffer form that stores the keys takes an encryption, too.
#[test]
fn the_content_of_the_buffer_is_encrypted_before_it_is_stored() {
    let encryption = json!({ "EncryptionKeyId": "k", "Key": "$.Attributes.certificate" });
    let off = json!({ "EnableDTMFBuffer": "false", "StoreInput": "True",
                      "InputEncryption": encryption });
    let failed = [("NoMatchingError", "failed")];
    let rest = vec![
        action("off", "GetParticipantInput", off, "said", &failed),
        say("said", "$.StoredCustomerInput", "bye"),
        say("failed", "failed", "bye"),
        bye(),
    ];
    let mut contact = contact();
    let certificate = "-----BEGIN CERTIFICATE-----".to_owned();
    contact
        .attributes
        .insert("certificate".to_owned(), certificate.clone());
    let actions = buffered("true", rest);
    let mut call = Call::start_with(contact, &actions, vec![]);
    call.hearing("Hello").input(keys("42"));
    let Output::Encrypt(input) = &call.output else {
        panic!("{:?}", call.output);
    };
    assert_eq!([&input.text, &input.certificate], ["42", &certificate]);
    call.input(Input::Encrypted(Ok("AYADeA".to_owned())))
        .hear("AYADeA")
        .is_over();

    // Without a certificate nothing is stored.
    let mut call = Call::start(&actions);
    call.hearing("Hello")
        .input(keys("42"))
        .hear("failed")
        .is_over();
}
