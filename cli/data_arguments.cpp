#include "cli/data_arguments.hpp"

#include <charconv>
#include <cmath>
#include <cstddef>
#include <string_view>
#include <system_error>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/failure.hpp"
#include "engine/io/io.hpp"
#include "symbolic/language/source.hpp"

namespace chalktape::cli {
namespace {

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

/// NAME=VALUE; throws Failure, showing `example`.
std::pair<std::string, std::string> assignment(std::string_view text, std::string_view option,
                                               std::string_view example) {
  const std::size_t at = text.find('=');
  if (at == std::string_view::npos || at == 0 || at + 1 == text.size())
    throw Failure(fmt::format("{} '{}': expected something like {}", option, language::printable(text), example));
  return {std::string(text.substr(0, at)), std::string(text.substr(at + 1))};
}

std::int64_t parse_size(const std::string& option, const std::string& name, const std::string& text) {
  std::int64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  const std::string where = fmt::format("{} {}={}", option, language::printable(name), language::printable(text));
  if (error == std::errc::result_out_of_range) throw Failure(where + ": the size is too large");
  if (error != std::errc{} || stop != end) throw Failure(where + ": a size is a whole number such as 128");
  if (value < 1) throw Failure(where + ": a size is at least 1");
  return value;
}

double parse_constant(const std::string& name, const std::string& text) {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end || !std::isfinite(value))
    throw Failure(fmt::format("--constant {}={}: a constant is a number such as 1e-5", language::printable(name),
                              language::printable(text)));
  return value;
}

/// FILE.npy, FILE.csv or FILE.csv:1-4,6. A colon with anything else behind it belongs to the file's name.
engine::Tensor read_data(const std::string& text) {
  if (text.ends_with(".npy")) return engine::read_npy(text);
  std::string file = text;
  std::vector<engine::ColumnRange> columns;
  const std::size_t colon = text.rfind(':');
  if (colon != std::string::npos && text.find_first_not_of("0123456789-,", colon + 1) == std::string::npos) {
    file = text.substr(0, colon);
    for (const std::string_view range : split(std::string_view(text).substr(colon + 1), ','))
      columns.push_back(engine::parse_column_range(range));
  }
  return engine::read_csv(file, columns);
}

}  // namespace

void add_data_arguments(CLI::App& app, DataArguments& arguments, const std::string& default_sizes) {
  app.add_option("--size", arguments.sizes, "sizes, such as N=128,D=64 (" + default_sizes + ")")
      ->type_name("NAME=N,...");
  app.add_option(
         "--input", arguments.inputs,
         "a tensor's numbers (or dy, the upstream gradient of the output y) from a file: x=FILE.npy, x=FILE.csv, "
         "or x=FILE.csv:1-4 for some of its columns; may be given several times; the others are drawn at random")
      ->type_name("NAME=FILE")
      ->allow_extra_args(false);
  app.add_option("--constant", arguments.constants, "a constant's value, such as eps=0.1; may be given several times")
      ->type_name("NAME=NUMBER")
      ->allow_extra_args(false);
  app.add_option("--seed", arguments.seed, "of the random numbers")
      ->type_name("N")
      ->check([](const std::string& text) {  // a sign would wrap around
        const bool is_number = text.find_first_not_of("0123456789") == std::string::npos;
        return is_number ? std::string() : "the seed is a whole number, not " + text;
      })
      ->capture_default_str();
}

std::map<std::string, std::int64_t> parse_sizes(const std::vector<std::string>& arguments, const std::string& option) {
  std::map<std::string, std::int64_t> sizes;
  for (const std::string& argument : arguments) {
    for (const std::string_view part : split(argument, ',')) {
      const auto [name, value] = assignment(part, option, "N=128,D=64");
      if (!sizes.emplace(name, parse_size(option, name, value)).second)
        throw Failure(fmt::format("{} gives {} twice", option, language::printable(name)));
    }
  }
  return sizes;
}

roads::Request request_of(const DataArguments& arguments, engine::DType dtype) {
  roads::Request request;
  request.dtype = dtype;
  request.seed = arguments.seed;
  request.sizes = parse_sizes(arguments.sizes);
  for (const std::string& argument : arguments.inputs) {
    const auto [name, file] = assignment(argument, "--input", "x=FILE.csv:1-4 or x=FILE.npy");
    if (request.data.contains(name)) throw Failure(fmt::format("--input gives {} twice", language::printable(name)));
    request.data.emplace(name, read_data(file));
  }
  for (const std::string& argument : arguments.constants) {
    const auto [name, value] = assignment(argument, "--constant", "eps=0.1");
    if (!request.constants.emplace(name, parse_constant(name, value)).second)
      throw Failure(fmt::format("--constant gives {} twice", language::printable(name)));
  }
  return request;
}

}  // namespace chalktape::cli
