// `chalktape emit`: a layer and its gradients as source.
#pragma once

#include "cli/subcommand.hpp"

namespace chalktape::cli {

Action add_emit(CLI::App& app);

inline constexpr Subcommand emit_subcommand{
    .name = "emit",
    .help = "print a layer's forward pass and derived backward pass as C++ or NumPy",
    .example =
        "chalktape emit batch_norm --lang c++ -o batch_norm.hpp\n"
        "chalktape emit softmax --lang numpy",
    .add = add_emit,
};

}  // namespace chalktape::cli
