// `chalktape graph`: the computational graph of a layer.
#pragma once

#include "cli/subcommand.hpp"

namespace chalktape::cli {

Action add_graph(CLI::App& app);

inline constexpr Subcommand graph_subcommand{
    .name = "graph",
    .help = "draw the graph of atomic operations that a layer becomes",
    .example =
        "chalktape graph batch_norm --backward -o batch_norm.svg\n"
        "chalktape graph softmax --format text",
    .add = add_graph,
};

}  // namespace chalktape::cli
