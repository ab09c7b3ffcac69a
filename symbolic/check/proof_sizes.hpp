// At which sizes a layer is proved, and how much there is to write out at them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "symbolic/language/layer.hpp"

namespace chalktape::check {

using Sizes = std::map<std::string, std::int64_t>;

/// The sizes to try, in order. All are at least 3: at sizes 1 and 2 a variance is a square, and more is true than
/// elsewhere. First they differ, so that N cannot be taken for D, unless arrays grow too large; then all are 3.
std::vector<Sizes> proof_sizes(const language::Layer& layer);

/// How many entries an array over these size symbols has.
std::size_t entry_count(const std::vector<std::string>& ranges, const Sizes& sizes);
/// How many values the indices take together.
double volume(const std::vector<language::Index>& indices, const Sizes& sizes);

/// How many operations on numbers it takes to evaluate a formula at all values of its indices. A double: it may be
/// astronomic.
double scalar_operations(const std::vector<language::Index>& indices, const language::Expr& value, const Sizes& sizes);
/// The same for all of a layer's definitions.
double scalar_operations(const language::Layer& layer, const Sizes& sizes);

}  // namespace chalktape::check
