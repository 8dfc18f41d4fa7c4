//! The function put together in other ways: is one of them better?

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::Context;
use local_toolchain::{Architecture, FunctionCrate, Progress, Silent, Toolchain};
use serde::{Deserialize, Serialize};

use crate::functions::{
    self, Command, CpuShare, Effort, Package, Packages, Subject, SubjectFigures, Transport,
};
use crate::statistics::Summary;

/// How often the variants take turns; the machine may change its mind meanwhile.
const ROUNDS: usize = 9;

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
    name: "as released: opt-level s, fat LTO, system allocator, ring",
    profile: &[],
    variables: &[],
    binary: None,
    features: &[],
};

const VARIANTS: [Variant; 10] = [
    RELEASED,
    Variant {
        name: "opt-level z",
        profile: &[("OPT_LEVEL", "z")],
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

/// What was found of one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VariantFigures {
    /// What is different.
    pub name: String,
    /// Bytes of the zip.
    pub zip_bytes: usize,
    /// Peak memory, MiB.
    pub peak_mib: Summary,
    /// What takes time; without what could not be measured.
    pub times: BTreeMap<Time, Compared>,
}

/// What takes time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Time {
    /// A cold start to the first answer over HTTP.
    ColdHttp,
    /// And over HTTPS.
    ColdHttps,
    /// The same as on Lambda with 128 MB: the start with the whole processor, the first answer with
    /// the share of that memory.
    ColdHttps128Mb,
    /// And with 256 MB, which the module takes by default.
    ColdHttps256Mb,
    /// A warm `getMemberId` over HTTP.
    GetMemberId,
    /// A warm `sendSms` over HTTP.
    SendSms,
    /// And over HTTPS.
    SendSmsHttps,
}

/// What depends on a share of a processor, and the memory that has it, MB.
const SMALL: [(Time, u32); 2] = [(Time::ColdHttps128Mb, 128), (Time::ColdHttps256Mb, 256)];

/// A time beside that of the function as it is released.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Compared {
    /// Medians of the rounds, milliseconds.
    pub ms: Summary,
    /// Each round's median, as so many times that of the released function in the same round.
    pub times_released: Summary,
}

/// All variants, and those that could not be built, with the reason.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AllVariants {
    /// Measured; the first is the function as it is released.
    pub variants: Vec<VariantFigures>,
    /// Not measured.
    pub absent: Vec<String>,
}

/// One variant's measurements so far, a value for each round.
#[derive(Default)]
struct Rounds {
    times: BTreeMap<Time, Vec<f64>>,
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
            // All others are compared with it.
            Err(error) if built.is_empty() => return Err(error),
            Err(error) => absent.push(format!("{}: {error:#}", variant.name)),
        }
    }
    let mut shares = Vec::new();
    for (time, memory_mb) in SMALL {
        match CpuShare::of_memory(memory_mb) {
            Ok(share) => shares.push((time, share)),
            Err(error) => absent.push(format!("the share of {memory_mb} MB: {error:#}")),
        }
    }
    let effort = Effort {
        warm: effort.warm / 4,
        cold: effort.cold.div_ceil(4),
        throttled_warm: 0,
        crowd: 0,
        ..effort
    };
    for round in 1..=ROUNDS {
        progress.step(&format!("Round {round} of {ROUNDS}"));
        for (name, packages, rounds) in &mut built {
            progress.detail(name);
            rounds.add(packages, effort, &shares).await?;
        }
    }
    let released = built
        .first()
        .map(|(_, _, rounds)| rounds.times.clone())
        .context("the function as it is released was not built")?;
    let variants = built
        .into_iter()
        .map(|(name, packages, rounds)| rounds.sum_up(name, &packages, &released))
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
        shares: &[(Time, CpuShare)],
    ) -> anyhow::Result<()> {
        let http = scene(packages, effort, Transport::Http, None).await?;
        let https = scene(packages, effort, Transport::Https, None).await?;
        let warm = |found: &SubjectFigures, command| {
            let durations = found.warm.get(&command);
            let durations = durations.context("a command was not measured")?;
            anyhow::Ok(durations.median)
        };
        self.peak_mib.push(http.peak_mib);
        let mut times = vec![
            (Time::ColdHttp, http.cold.median),
            (Time::ColdHttps, https.cold.median),
            (Time::GetMemberId, warm(&http, Command::GetMemberId)?),
            (Time::SendSms, warm(&http, Command::SendSms)?),
            (Time::SendSmsHttps, warm(&https, Command::SendSms)?),
        ];
        for (time, share) in shares {
            let small = scene(packages, effort, Transport::Https, Some(share)).await?;
            times.push((*time, https.cold_as_on_lambda(&small)));
        }
        for (time, value) in times {
            self.times.entry(time).or_default().push(value);
        }
        Ok(())
    }

    fn sum_up(
        self,
        name: &str,
        packages: &Packages,
        released: &BTreeMap<Time, Vec<f64>>,
    ) -> anyhow::Result<VariantFigures> {
        let zip = packages.of(Subject::Ours).map(|package| package.zip.len());
        let compared = |(time, values): (Time, Vec<f64>)| {
            let released = released.get(&time).into_iter().flatten();
            let ratios = values.iter().zip(released).map(|(one, other)| one / other);
            let times_released = Summary::of(ratios)?;
            let ms = Summary::of(values)?;
            anyhow::Ok((time, Compared { ms, times_released }))
        };
        Ok(VariantFigures {
            name: name.to_owned(),
            zip_bytes: zip.unwrap_or_default(),
            peak_mib: Summary::of(self.peak_mib)?,
            times: self
                .times
                .into_iter()
                .map(compared)
                .collect::<anyhow::Result<_>>()?,
        })
    }
}

/// What the only function of a package has in a scene.
async fn scene(
    packages: &Packages,
    effort: Effort,
    transport: Transport,
    share: Option<&CpuShare>,
) -> anyhow::Result<SubjectFigures> {
    let found = functions::in_scene(packages, effort, transport, share, &Silent).await?;
    let found = found.into_iter().next();
    found.context("nothing was measured")
}
