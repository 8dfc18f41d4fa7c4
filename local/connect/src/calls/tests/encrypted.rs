//! Encrypted input.

use super::*;
use crate::keys;

/// A message of the AWS Encryption SDK begins with its version, type and suite, which are `AYADe` in
/// base64. `encryption.rs` decrypts one.
#[tokio::test]
async fn a_call_stores_an_encrypted_input() {
    let line = Line::new();
    let certificate = include_str!("encryption/certificate.pem");
    for (certificate, heard) in [(certificate, "AYADe"), ("none", "failed")] {
        let ask = json!({
            "Text": "PIN?", "StoreInput": "True", "InputTimeLimitSeconds": "5",
            "InputValidation": { "CustomValidation": { "MaximumLength": "4" } },
            "InputEncryption": { "EncryptionKeyId": "k-1", "Key": certificate },
        });
        let actions = [
            action(
                "ask",
                "GetParticipantInput",
                ask,
                "say",
                &[],
                &[("NoMatchingError", "failed")],
            ),
            say("say", "$.StoredCustomerInput", "bye"),
            say("failed", "failed", "bye"),
            bye(),
        ];
        let mut call = line.call(&actions, CallScript::default()).await;
        call.press(&keys("0042").unwrap()).await;
        let last = *call.heard().last().unwrap();
        assert!(last.starts_with(heard) && !last.contains("0042"), "{last}");
        assert_eq!(call.ending(), Some(&Ending::Disconnected));
    }
}
