//! A macro that gives the variants of an enum their codes.

/// Gives each variant of an enum its code, and lists the codes: a variant without a code does not
/// compile, and a code that is not listed cannot be written.
///
/// A pattern after `;` takes the codes of another enum, which are not listed.
macro_rules! codes {
    (
        $(#[$of_list:meta])* $list:ident
        $(#[$of_code:meta])* $code:ident
        $($variant:pat => $text:literal,)+
        $(; $rest:pat => $other:expr,)?
    ) => {
        $(#[$of_list])*
        pub const $list: &[&str] = &[$($text),+];

        $(#[$of_code])*
        pub fn $code(&self) -> &'static str {
            match self {
                $($variant => $text,)+
                $($rest => $other,)?
            }
        }
    };
}

pub(crate) use codes;
