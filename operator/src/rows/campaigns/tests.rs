//! Campaigns as files have them.

use proptest::prelude::*;

use super::*;

fn read_text(text: &str) -> Result<Vec<Campaign>, Vec<String>> {
    read(text.as_bytes(), Lengths::default(), None)
        .map(|sheet| sheet.rows)
        .map_err(|mistakes| mistakes.iter().map(Mistake::to_string).collect())
}

fn warnings(text: &str, lengths: &str) -> Vec<String> {
    let sheet = read(text.as_bytes(), lengths.parse().unwrap(), None).unwrap();
    sheet.warnings.iter().map(Warning::to_string).collect()
}

#[test]
fn campaigns_are_read_with_and_without_rules() {
    let campaigns = read_text("campaignUrl,pinCode\nhttps://example.com/a,0042\n").unwrap();
    let bare = Campaign {
        line: 2,
        key: RowKey::Pin(pin::read("0042").unwrap()),
        url: Url::read("https://example.com/a").unwrap(),
        campaign_id: None,
        enabled: Optional::Untouched,
        starts_at: Optional::Untouched,
        expires_at: Optional::Untouched,
        max_redemptions: Optional::Untouched,
        single_use_per_member: Optional::Untouched,
        message: Optional::Untouched,
    };
    assert_eq!(campaigns, std::slice::from_ref(&bare));

    let campaigns = read_text(
        "pinCode,campaignUrl,campaignId,enabled,startsAt,expiresAt,maxRedemptions,singleUsePerMember,message\n\
         ００４２,https://example.com/a,spring_2026,FALSE,0,2026-04-01T12:00:00+09:00,50,true,\"本日, {url}\"\n\
         0043,https://example.com/a,,,,,,,\n",
    )
    .unwrap();
    let full = Campaign {
        campaign_id: Some("spring_2026".into()),
        enabled: Optional::Set(false),
        starts_at: Optional::Set(0),
        expires_at: Optional::Set(1_775_012_400),
        max_redemptions: Optional::Set(50),
        single_use_per_member: Optional::Set(true),
        message: Optional::Set("本日, {url}".into()),
        ..bare.clone()
    };
    let cleared = Campaign {
        line: 3,
        key: RowKey::Pin(pin::read("0043").unwrap()),
        enabled: Optional::Removed,
        starts_at: Optional::Removed,
        expires_at: Optional::Removed,
        max_redemptions: Optional::Removed,
        single_use_per_member: Optional::Removed,
        message: Optional::Removed,
        ..bare
    };
    assert_eq!(campaigns, [full, cleared]);
}

#[test]
fn all_mistakes_are_listed_without_the_pins() {
    let mistakes = read_text(
        "pinCode,campaignUrl,campaignId,enabled,startsAt,expiresAt,maxRedemptions,message\n\
         4711,https://example.com/a,,,20,10,,\n\
         ４７１１,http://example.com/a,春,yes,soon,1775012400000,0,no place\n\
         4711x,,,,,,,\n\
         04711,https://example.com/a,,,,,,{url}{x}\n",
    )
    .unwrap_err();
    let start: Vec<_> = mistakes
        .iter()
        .map(|mistake| mistake.splitn(3, ": ").collect::<Vec<_>>()[..2].join(": "))
        .collect();
    assert_eq!(
        start,
        [
            "2: expiresAt",
            "3: pinCode",
            "3: campaignUrl",
            "3: campaignId",
            "3: enabled",
            "3: startsAt",
            "3: expiresAt",
            "3: maxRedemptions",
            "3: message",
            "4: pinCode",
            "4: campaignUrl",
            "5: message",
        ]
    );
    assert_eq!(mistakes[1], "3: pinCode: line 2 already has this PIN");
    assert!(!mistakes.concat().contains("4711"), "{mistakes:?}");
}

#[test]
fn a_message_with_its_url_must_fit_into_three_parts() {
    let row = |message: &str, path: &str| {
        format!("pinCode,campaignUrl,message\n4711,https://example.com/{path},{message}\n")
    };
    // Three parts of 67 characters, of which the URL takes 20 and the blank after it 1.
    let (fits, long) = ("あ".repeat(180), "あ".repeat(181));
    assert!(read_text(&row(&format!("{{url}} {fits}"), "")).is_ok());
    let sentence = "2: message: the text with its URL must fit into 3 parts of an SMS";
    for row in [
        row(&format!("{{url}} {long}"), ""),
        row(&format!("{{url}} {fits}"), "x"),
        // Too long for any URL.
        row(&format!("{{url}} {}", "あ".repeat(202)), ""),
        // Septets: at most 459.
        row("{url}", &"x".repeat(440)),
    ] {
        let mistakes = read_text(&row).unwrap_err();
        assert_eq!(mistakes, [sentence]);
    }
    assert!(read_text(&row("{url}", &"x".repeat(439))).is_ok());
}

#[test]
fn pins_that_may_have_lost_zeros_cause_warnings() {
    let csv = |pins: &[&str]| {
        let rows: String = pins
            .iter()
            .map(|pin| format!("{pin},https://example.com/\n"))
            .collect();
        format!("pinCode,campaignUrl\n{rows}")
    };
    assert_eq!(warnings(&csv(&["0042", "4711", "0815"]), "4..8"), [""; 0]);
    let found = warnings(&csv(&["4711", "42", "0815"]), "1..8");
    assert_eq!(
        found,
        [
            "3: warning: pinCode: the PINs differ in length (1 of 2 digits, 2 of 4 digits), and \
             this one from most: spreadsheets drop leading zeros, so write PINs as text"
        ]
    );
    let found = warnings(&csv(&["042", "815"]), "4..8");
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("2: warning: pinCode: the PIN has fewer than 4 digits"));
    let found = warnings(&csv(&["123456789"]), "4..8");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("2: warning: pinCode: the PIN has more than 8 digits"));
    assert_eq!(warnings(&csv(&["123456789"]), "4..9"), [""; 0]);
    assert!(!found.concat().contains("123456789"));
}

#[test]
fn text_that_touches_the_url_causes_a_warning() {
    let csv = "pinCode,campaignUrl,message\n0041,https://example.com/,本日 {url}\n\
               0042,https://example.com/,{url}まで\n";
    let found = warnings(csv, "4..8");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("3: warning: message: some phones take text that touches {url}"));
}

/// Parts that a file may contain, and bytes that it should not.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let known = prop_oneof![
        Just("pinCode"),
        Just("campaignUrl"),
        Just("message"),
        Just("enabled"),
        Just("true"),
        Just("startsAt"),
        Just("0042"),
        Just("https://e.example"),
        Just("{url}"),
        Just(","),
        Just("\n"),
        Just("\r"),
        Just("\""),
        Just(" "),
        Just("日"),
        Just("\u{feff}"),
    ];
    prop_oneof![
        9 => known.prop_map(|text| text.as_bytes().to_vec()),
        1 => proptest::collection::vec(any::<u8>(), 1..4),
    ]
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(
        header in prop_oneof![Just(""), Just("pinCode,campaignUrl\n"), Just("pinCode,campaignUrl,message,startsAt,expiresAt\n")],
        pieces in proptest::collection::vec(piece(), 0..24),
    ) {
        let bytes = [header.as_bytes(), &pieces.concat()].concat();
        match read(&bytes[..], Lengths::default(), None) {
            Ok(sheet) => prop_assert!(sheet.rows.len() <= bytes.len()),
            Err(mistakes) => prop_assert!(!mistakes.is_empty()),
        }
    }

    /// Rows as a spreadsheet writes them.
    #[test]
    fn every_good_row_is_read(
        rows in proptest::collection::btree_map(
            "[0-9]{1,16}",
            ("[a-z0-9/]{0,20}", any::<Option<bool>>(), proptest::option::of(0..4_000_000_000_u64)),
            1..20,
        ),
    ) {
        let mut text = "pinCode,campaignUrl,enabled,startsAt\n".to_owned();
        for (pin, (path, enabled, start)) in &rows {
            let cell = |value: Option<String>| value.unwrap_or_default();
            text.push_str(&format!(
                "{pin},\"https://example.com/{path}\",{},{}\r\n",
                cell(enabled.map(|enabled| enabled.to_string())),
                cell(start.map(|start| start.to_string())),
            ));
        }
        let campaigns = read_text(&text).unwrap();
        prop_assert_eq!(campaigns.len(), rows.len());
        for (campaign, (pin, (path, enabled, start))) in campaigns.iter().zip(&rows) {
            prop_assert_eq!(campaign.key.pin().unwrap().expose(), pin);
            prop_assert_eq!(campaign.url.expose(), format!("https://example.com/{path}"));
            prop_assert_eq!(campaign.enabled, enabled.map_or(Optional::Removed, Optional::Set));
            prop_assert_eq!(campaign.starts_at, start.map_or(Optional::Removed, Optional::Set));
        }
    }
}
