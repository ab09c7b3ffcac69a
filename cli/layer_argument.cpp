#include "cli/layer_argument.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/failure.hpp"
#include "symbolic/language/diagnostics.hpp"
#include "symbolic/language/limits.hpp"
#include "symbolic/language/source.hpp"
#include "symbolic/layers.hpp"
#include "symbolic/notation/resolve.hpp"

namespace chalktape::cli {
namespace {

constexpr std::string_view suffix = ".chalk";

/// A file descriptor, closed at the end.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() { close(number_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  Descriptor(Descriptor&&) = delete;
  Descriptor& operator=(Descriptor&&) = delete;
  [[nodiscard]] int get() const { return number_; }

 private:
  int number_;
};

[[noreturn]] void fail_to_read(const std::string& path, int error) {
  throw Failure(fmt::format("cannot read '{}': {}", language::printable(path), std::generic_category().message(error)));
}

/// `did you mean 'mu'?`, or the fallback where nothing is near.
std::string hint(std::string_view name, const std::vector<std::string>& candidates, std::string fallback) {
  std::string nearest = language::nearest_name_hint(name, candidates);
  return nearest.empty() ? std::move(fallback) : nearest;
}

/// Whether a line begins a layer, a claim or an `about`.
bool begins_item(std::string_view line) {
  return line.starts_with("layer ") || line.starts_with("about ") || line.starts_with("claim ");
}

/// The lines of the layer of that name, with the comment lines right above it.
std::string part_of(const std::string& text, const std::string& name) {
  std::vector<std::string_view> lines;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    lines.push_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  const auto is_wanted = [&](std::string_view line) {
    if (!line.starts_with("layer ")) return false;
    line.remove_prefix(std::min(line.find_first_not_of(' ', 5), line.size()));
    return line.substr(0, line.find_first_of("( ")) == name;
  };
  const auto start = std::find_if(lines.begin(), lines.end(), is_wanted);
  if (start == lines.end()) return {};
  auto first = start;
  while (first != lines.begin() && (first - 1)->starts_with('#')) --first;
  auto last = std::find_if(start + 1, lines.end(), begins_item);
  // Comments above the next one are the next one's.
  while (last != lines.end() && last - 1 != start && (last - 1)->starts_with('#')) --last;
  std::string part;
  for (auto line = first; line != last; ++line) part += language::printable(*line) + "\n";
  part.erase(part.find_last_not_of('\n') + 1);
  return part + "\n";
}

LayerWithSource with_source(language::Layer layer, const std::string& text) {
  std::string source = part_of(text, layer.name);
  return {std::move(layer), std::move(source)};
}

LayerWithSource load_builtin(const std::string& name) {
  const language::BuiltinLayer* const builtin = language::find_builtin_layer(name);
  if (builtin != nullptr) {
    const std::string text(builtin->source);
    return with_source(std::move(notation::load_layers(text, name + std::string(suffix)).front()), text);
  }
  std::vector<std::string> names;
  for (const auto& layer : language::builtin_layers()) names.emplace_back(layer.name);
  throw Failure(fmt::format("there is no built-in layer '{}'; {}", language::printable(name),
                            hint(name, names, "chalktape layers lists them, and files end in .chalk")));
}

/// What is wrong with a file's other layers is said, once, and keeps nobody from this one.
void report_elsewhere(const notation::File& file, const std::string& wanted) {
  static std::set<std::string> said;
  std::string errors = file.errors();
  if (errors.empty() || !said.insert(errors).second) return;
  errors += fmt::format("{}: the layer '{}' is free of errors\n", language::printable(file.source.name()), wanted);
  std::fputs(errors.c_str(), stderr);
}

LayerWithSource load_from_file(const std::string& path, const std::optional<std::string>& name) {
  const std::string text = read_source(path);
  const notation::File file = notation::read_file(text, path);
  std::vector<std::string> names;
  for (const notation::LayerPlace& place : file.places) names.push_back(place.name);
  const std::string wanted = name || names.empty() ? name.value_or("") : names.front();
  if (const language::Layer* layer = file.usable_layer(wanted)) {
    report_elsewhere(file, wanted);
    return with_source(*layer, text);
  }
  // A layer whose name could not be read may be the one.
  const auto may_be_it = [&](const std::string& other) { return other == wanted || other.empty(); };
  const bool is_absent = file.only_layers_are_wrong() && std::none_of(names.begin(), names.end(), may_be_it);
  if (names.empty() || !is_absent) (void)notation::load_layers(text, path);  // throws
  throw Failure(fmt::format("'{}' has no layer '{}'; {}", language::printable(path), language::printable(wanted),
                            hint(wanted, names, fmt::format("its first layer is '{}'", names.front()))));
}

}  // namespace

std::string read_source(const std::string& path) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() == -1) fail_to_read(path, errno);
  struct stat status {};
  if (fstat(file.get(), &status) == -1) fail_to_read(path, errno);
  if (S_ISDIR(status.st_mode)) fail_to_read(path, EISDIR);
  std::string text;
  std::array<char, 65536> buffer{};
  while (text.size() <= language::limits::file_bytes) {
    const ssize_t count = read(file.get(), buffer.data(), buffer.size());
    if (count == 0) break;
    if (count > 0) {
      text.append(buffer.data(), static_cast<std::size_t>(count));
    } else if (errno != EINTR) {
      fail_to_read(path, errno);
    }
  }
  return text;
}

language::Layer load_layer_from_file(const std::string& path, const std::optional<std::string>& name) {
  return load_from_file(path, name).layer;
}

language::Layer load_layer(const std::string& argument) { return load_layer_with_source(argument).layer; }

LayerWithSource load_layer_with_source(const std::string& argument) {
  if (argument.ends_with(suffix)) return load_from_file(argument, std::nullopt);
  const std::size_t at = argument.rfind(std::string(suffix) + ":");
  if (at == std::string::npos) return load_builtin(argument);
  const std::size_t colon = at + suffix.size();
  return load_from_file(argument.substr(0, colon), argument.substr(colon + 1));
}

}  // namespace chalktape::cli
