// `chalktape layers`: lists the built-in layers.
#pragma once

#include "cli/subcommand.hpp"

namespace chalktape::cli {

Action add_layers(CLI::App& app);

inline constexpr Subcommand layers_subcommand{
    .name = "layers",
    .help = "list the built-in layers",
    .example = "chalktape layers",
    .add = add_layers,
};

}  // namespace chalktape::cli
