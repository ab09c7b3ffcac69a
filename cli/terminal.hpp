// What the command can find out about where its output goes.
#pragma once

#include "cli/subcommand.hpp"

namespace chalktape::cli {

/// The style for standard output: Unicode on a terminal whose locale is UTF-8, colour on a terminal unless NO_COLOR is
/// set to something or TERM is `dumb`. Anything else gets plain ASCII, so that a pipe's bytes do not depend on who
/// looks at them.
[[nodiscard]] OutputStyle standard_output_style();

/// True where standard error is a terminal on which a line can be redrawn.
[[nodiscard]] bool can_redraw_standard_error();

}  // namespace chalktape::cli
