//! The keys of PINs, through the real SDK clients.

use connect_pin_sms::aws::pin_keys::{MacKey, PinKeySource, kms_client};
use connect_pin_sms::rules::pin::Pin;
use connect_pin_sms::rules::ports::PinKeys;
use serde_json::json;

use crate::canned::{answers, config, requested, requested_json};

/// `printf 'pin:v1:0042' | openssl dgst -sha256 -hmac 0123456789abcdef`, and the same in base64.
const MAC: &str = "5baea0231ac04b8ffdddb3edb7a175e577322b940e2f654493d3c68026dce0bc";
const MAC_BASE64: &str = "W66gIxrAS4/93bPtt6F15XcyK5QOL2VEk9PGgCbc4Lw=";

fn pin() -> Pin {
    Pin::parse("0042").unwrap()
}

#[tokio::test]
async fn plain_keys_are_the_digits() {
    assert_eq!(
        PinKeySource::Plain.at_hand(&pin()).unwrap().expose(),
        "0042"
    );
    assert_eq!(
        PinKeySource::Plain.key(&pin()).await.unwrap().expose(),
        "0042"
    );
}

#[tokio::test]
async fn macs_are_computed_by_kms() {
    let answer = json!({ "Mac": MAC_BASE64, "MacAlgorithm": "HMAC_SHA_256", "KeyId": "k" });
    let http = answers(&[(200, &answer.to_string())]);
    let keys = PinKeySource::Kms(MacKey::new(
        kms_client(&config(http.clone())),
        "alias/pepper",
    ));
    assert!(keys.at_hand(&pin()).is_none());
    assert_eq!(keys.key(&pin()).await.unwrap().expose(), MAC);
    let requested = requested_json(&http).remove(0);
    assert_eq!(
        requested,
        // `cGluOnYxOjAwNDI=` is `pin:v1:0042`.
        json!({ "KeyId": "alias/pepper", "MacAlgorithm": "HMAC_SHA_256", "Message": "cGluOnYxOjAwNDI=" })
    );
}

#[tokio::test(start_paused = true)]
async fn requests_to_kms_are_retried_twice() {
    let throttled = (400, r#"{"__type":"ThrottlingException","message":"later"}"#);
    let http = answers(&[throttled; 4]);
    let key = MacKey::new(kms_client(&config(http.clone())), "k");
    let cause = key.mac("x").await.unwrap_err();
    assert_eq!(cause.to_string(), "ThrottlingException: later");
    assert_eq!(requested(&http).len(), 3);

    let key = MacKey::new(kms_client(&config(answers(&[(200, "{}")]))), "k");
    assert_eq!(
        key.mac("x").await.unwrap_err().to_string(),
        "KMS returned no MAC of 32 bytes"
    );
}
