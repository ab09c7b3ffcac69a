#include "docs/pages/claim_file.hpp"

#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

namespace chalktape::docs {

namespace {

[[noreturn]] language::Layer no_other_files(const std::string& file, const std::optional<std::string>& /*name*/) {
  throw std::runtime_error(fmt::format("published formulas are about built-in layers, not those of {}", file));
}

}  // namespace

claims::ClaimFile claims_in(std::string text, const std::string& path) {
  claims::ClaimFile file = claims::read_claims(std::move(text), path, no_other_files);
  if (!file.diagnostics.empty()) throw language::Error(file.diagnostics, file.source);
  return file;
}

claims::ClaimFile claims_of(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw std::runtime_error(path + " cannot be read");
  return claims_in({std::istreambuf_iterator<char>(stream), {}}, path);
}

}  // namespace chalktape::docs
