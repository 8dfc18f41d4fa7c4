//! The table of variants.

use super::{Table, digits, spread};
use crate::variants::{AllVariants, Time, VariantFigures};

/// The first row in milliseconds, all others as so many times that.
pub(super) fn table(found: &AllVariants) -> Table {
    let mut table = Table::new(&[
        "",
        "cold, HTTP",
        "cold, HTTPS",
        "cold, HTTPS, 128 MB",
        "cold, HTTPS, 256 MB",
        "getMemberId",
        "sendSms",
        "sendSms, HTTPS",
        "memory, MiB",
        "zip, MB",
    ]);
    for (at, variant) in found.variants.iter().enumerate() {
        let time = |time| cell(variant, time, at == 0);
        table.row([
            variant.name.clone(),
            time(Time::ColdHttp),
            time(Time::ColdHttps),
            time(Time::ColdHttps128Mb),
            time(Time::ColdHttps256Mb),
            time(Time::GetMemberId),
            time(Time::SendSms),
            time(Time::SendSmsHttps),
            digits(variant.peak_mib.median),
            digits(variant.zip_bytes as f64 / 1e6),
        ]);
    }
    table
}

fn cell(variant: &VariantFigures, time: Time, released: bool) -> String {
    let Some(compared) = variant.times.get(&time) else {
        return "-".to_owned();
    };
    if released {
        return format!("{} ms", digits(compared.ms.median));
    }
    let [median, middle] = spread(&compared.times_released);
    format!("{median} ({middle})")
}
