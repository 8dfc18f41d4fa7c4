//! The function put together in other ways: is one of them better?

use std::fs;
use std::path::Path;

use local_toolchain::{Architecture, FunctionCrate, Progress, Toolchain};
use serde::{Deserialize, Serialize};

use crate::functions::{self, Command, Effort, Package, Packages, Subject, Transport};
use crate::statistics::Summary;

/// How often the variants take turns; the machine may change its mind meanwhile.
const ROUNDS: usize = 3;

/// A way to put the function together.
struct Variant {
    name: &'static str,
    /// Settings of the profile, such as `OPT_LEVEL`.
    profile: &'static [(&'static str, &'static str)],
    /// More of the compiler's environment.
    variables: &'static [(&'static str, &'static str)],
    /// A binary of `bench/variants`; without one the function itself.
    binary: Option<&'static str>,
    features: &'static [&'static str],
}

const RELEASED: Variant = Variant {
    name: "as released: size, fat LTO, system allocator, ring",
    profile: &[],
    variables: &[],
    binary: None,
    features: &[],
};

const VARIANTS: [Variant; 10] = [
    RELEASED,
    Variant {
        name: "opt-level s",
        profile: &[("OPT_LEVEL", "s")],
        ..RELEASED
    },
    Variant {
        name: "opt-level 3",
        profile: &[("OPT_LEVEL", "3")],
        ..RELEASED
    },
    Variant {
        name: "thin LTO",
        profile: &[("LTO", "thin")],
        ..RELEASED
    },
    Variant {
        name: "mimalloc",
        binary: Some("variant-mimalloc"),
        features: &["mimalloc"],
        ..RELEASED
    },
    Variant {
        name: "aws-lc",
        binary: Some("variant-aws-lc"),
        features: &["aws-lc"],
        ..RELEASED
    },
    Variant {
        name: "aws-lc without jitter entropy",
        variables: &[("AWS_LC_SYS_NO_JITTER_ENTROPY", "1")],
        binary: Some("variant-aws-lc"),
        features: &["aws-lc"],
        ..RELEASED
    },
    Variant {
        name: "the system's certificates",
        binary: Some("variant-system-certificates"),
        ..RELEASED
    },
    Variant {
        name: "one look-up before the first event",
        binary: Some("variant-warm-up"),
        ..RELEASED
    },
    Variant {
        name: "messages over idle connections",
        binary: Some("variant-idle-connections"),
        ..RELEASED
    },
];

/// What was found of one. Times are milliseconds, medians of each round.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VariantFigures {
    /// What is different.
    pub name: String,
    /// Bytes of the zip.
    pub zip_bytes: usize,
    /// Cold start to first answer over HTTP.
    pub cold_http: Summary,
    /// And over HTTPS.
    pub cold_https: Summary,
    /// The first answer by itself, over HTTPS.
    pub first_https: Summary,
    /// A warm `getMemberId` over HTTP.
    pub get_member_id: Summary,
    /// A warm `sendSms` over HTTP.
    pub send_sms: Summary,
    /// And over HTTPS.
    pub send_sms_https: Summary,
    /// Peak memory, MiB.
    pub peak_mib: Summary,
}

/// All variants, and those that could not be built, with the reason.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AllVariants {
    /// Measured.
    pub variants: Vec<VariantFigures>,
    /// Not measured.
    pub absent: Vec<String>,
}

/// One variant's measurements so far.
#[derive(Default)]
struct Rounds {
    cold_http: Vec<f64>,
    cold_https: Vec<f64>,
    first_https: Vec<f64>,
    get_member_id: Vec<f64>,
    send_sms: Vec<f64>,
    send_sms_https: Vec<f64>,
    peak_mib: Vec<f64>,
}

/// Builds and measures all variants.
///
/// # Errors
/// When the function as it is released cannot be built, or one does not answer as it should.
pub async fn run(
    toolchain: &Toolchain,
    repository: &Path,
    effort: Effort,
    progress: &dyn Progress,
) -> anyhow::Result<AllVariants> {
    let mut built = Vec::new();
    let mut absent = Vec::new();
    for variant in &VARIANTS {
        progress.step(&format!("Building: {}", variant.name));
        match build(variant, toolchain, repository).await {
            Ok(packages) => built.push((variant.name, packages, Rounds::default())),
            Err(error) => absent.push(format!("{}: {error:#}", variant.name)),
        }
    }
    let effort = Effort {
        warm: effort.warm / 2,
        cold: effort.cold / 2 + 1,
        crowd: 0,
        ..effort
    };
    for round in 1..=ROUNDS {
        for (name, packages, rounds) in &mut built {
            progress.step(&format!("{name}, {round} of {ROUNDS}"));
            rounds.add(packages, effort, progress).await?;
        }
    }
    let variants = built
        .into_iter()
        .map(|(name, packages, rounds)| rounds.sum_up(name, &packages))
        .collect::<anyhow::Result<_>>()?;
    Ok(AllVariants { variants, absent })
}

async fn build(
    variant: &Variant,
    toolchain: &Toolchain,
    repository: &Path,
) -> anyhow::Result<Packages> {
    let released = FunctionCrate::of_repository(repository, Architecture::of_host()?)?;
    let pair = |name: String, value: &str| (name, value.to_owned());
    let profile = variant.profile.iter();
    let variables = profile
        .map(|(name, value)| pair(format!("CARGO_PROFILE_LAMBDA_{name}"), value))
        .chain(
            variant
                .variables
                .iter()
                .map(|(name, value)| pair((*name).to_owned(), value)),
        )
        .collect();
    let function = FunctionCrate {
        zip: repository.join("target/bench/variant.zip"),
        features: variant
            .features
            .iter()
            .map(|name| (*name).to_owned())
            .collect(),
        variables,
        ..released
    };
    let function = match variant.binary {
        None => function,
        Some(binary) => FunctionCrate {
            manifest: repository.join("bench/variants/Cargo.toml"),
            package: "bench-variants".to_owned(),
            binary: binary.to_owned(),
            ..function
        },
    };
    let zip = toolchain.build_zip(&function).await?;
    Ok(Packages {
        packages: vec![(Subject::Ours, Package::of_binary(&fs::read(&zip.path)?)?)],
        absent: Vec::new(),
    })
}

impl Rounds {
    async fn add(
        &mut self,
        packages: &Packages,
        effort: Effort,
        progress: &dyn Progress,
    ) -> anyhow::Result<()> {
        for transport in Transport::ALL {
            for found in functions::in_scene(packages, effort, transport, progress).await? {
                let warm = |command| found.warm.get(&command).map(|durations| durations.median);
                match transport {
                    Transport::Http => {
                        self.cold_http.push(found.cold.median);
                        self.get_member_id.extend(warm(Command::GetMemberId));
                        self.send_sms.extend(warm(Command::SendSms));
                        self.peak_mib.push(found.peak_mib);
                    }
                    Transport::Https => {
                        self.cold_https.push(found.cold.median);
                        self.first_https.push(found.first.median);
                        self.send_sms_https.extend(warm(Command::SendSms));
                    }
                }
            }
        }
        Ok(())
    }

    fn sum_up(self, name: &str, packages: &Packages) -> anyhow::Result<VariantFigures> {
        let zip = packages.of(Subject::Ours).map(|package| package.zip.len());
        Ok(VariantFigures {
            name: name.to_owned(),
            zip_bytes: zip.unwrap_or_default(),
            cold_http: Summary::of(self.cold_http)?,
            cold_https: Summary::of(self.cold_https)?,
            first_https: Summary::of(self.first_https)?,
            get_member_id: Summary::of(self.get_member_id)?,
            send_sms: Summary::of(self.send_sms)?,
            send_sms_https: Summary::of(self.send_sms_https)?,
            peak_mib: Summary::of(self.peak_mib)?,
        })
    }
}
