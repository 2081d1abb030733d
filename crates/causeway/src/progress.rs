//! How far long work has come: a bar on a terminal, nothing in a pipe.

use indicatif::{ProgressBar, ProgressStyle};

/// Events done, of `total` where that is known.
pub fn of_events(total: Option<u64>, doing: &'static str) -> ProgressBar {
    let template = match total {
        Some(_) => "{msg} {wide_bar} {human_pos} of {human_len} events {eta}",
        None => "{msg} {spinner} {human_pos} events {elapsed}",
    };
    bar(total, template, doing)
}

/// Bytes done, of `total` where that is known.
pub fn of_bytes(total: Option<u64>, doing: &'static str) -> ProgressBar {
    let template = match total {
        Some(_) => "{msg} {wide_bar} {binary_bytes} of {binary_total_bytes} {eta}",
        None => "{msg} {spinner} {binary_bytes} {elapsed}",
    };
    bar(total, template, doing)
}

/// On standard error, and hidden where that is no terminal.
fn bar(total: Option<u64>, template: &str, doing: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template(template);
    let style = style.expect("the templates in this file are well-formed");
    let bar = total.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
    bar.with_style(style).with_message(doing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_is_well_formed() {
        for total in [None, Some(1)] {
            of_events(total, "counting").finish_and_clear();
            of_bytes(total, "counting").finish_and_clear();
        }
    }
}
