// The options that give a layer its numbers: --size, --input, --constant, --seed.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "symbolic/roads/sample.hpp"

namespace CLI {
class App;
}

namespace chalktape::cli {

struct DataArguments {
  std::vector<std::string> sizes;      ///< "N=128,D=64"
  std::vector<std::string> inputs;     ///< "x=FILE.csv:1-4", "x=FILE.npy"
  std::vector<std::string> constants;  ///< "eps=0.1"
  std::uint64_t seed = 1;
};

/// Declares the options; `default_sizes` is what help says of them.
void add_data_arguments(CLI::App& app, DataArguments& arguments, const std::string& default_sizes);

/// "N=128,D=64", the arguments of `option`, as numbers. Throws Failure for anything else, and for a size given twice.
[[nodiscard]] std::map<std::string, std::int64_t> parse_sizes(const std::vector<std::string>& arguments,
                                                              const std::string& option = "--size");

/// Reads the files. Throws Failure for arguments of another form, engine::Error for files that cannot be read.
[[nodiscard]] roads::Request request_of(const DataArguments& arguments, engine::DType dtype);

}  // namespace chalktape::cli
