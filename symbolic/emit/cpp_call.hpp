// Prints an op on whole tensors: matrix products and their like, and copies in another order.
#pragma once

#include "symbolic/emit/cpp_text.hpp"
#include "symbolic/emit/cpp_writer.hpp"

namespace chalktape::emit {

/// Plain loops, vectorised along the result's last axis or along the one that is summed, whichever lies side by side in
/// memory. Sums are carried in the type over 64 terms and in the wider type beyond.
void print_call(CppScope& scope, const engine::Call& call, CppWriter& out);

}  // namespace chalktape::emit
