//! The table of variants.

use super::{Table, digits};
use crate::variants::AllVariants;

pub(super) fn table(found: &AllVariants) -> Table {
    let mut table = Table::new(&[
        "",
        "cold, HTTP",
        "cold, HTTPS",
        "first answer, HTTPS",
        "getMemberId",
        "sendSms",
        "sendSms, HTTPS",
        "memory, MiB",
        "zip, MB",
    ]);
    for variant in &found.variants {
        table.row([
            variant.name.clone(),
            digits(variant.cold_http.median),
            digits(variant.cold_https.median),
            digits(variant.first_https.median),
            digits(variant.get_member_id.median),
            digits(variant.send_sms.median),
            digits(variant.send_sms_https.median),
            digits(variant.peak_mib.median),
            digits(variant.zip_bytes as f64 / 1e6),
        ]);
    }
    table
}
