// Random layers made of exponentials, logarithms, quotients and gates.
#pragma once

#include <cstdint>
#include <string>

namespace chalktape::extreme {

/// The layer of that seed as a `.chalk` file: softmax and its parts under masks and temperatures, `stop`, sums of
/// exponentials in several places, gates before sums, powers of probabilities, losses. Tensors x, w, v, c are meant to
/// take extreme values, m is a mask of 0 and 1, the others are of the size of 1.
[[nodiscard]] std::string random_layer(std::uint64_t seed);

}  // namespace chalktape::extreme
