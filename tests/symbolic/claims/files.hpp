// Claims for tests, from text and from the files in examples/published.
#pragma once

#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "symbolic/claims/check.hpp"
#include "symbolic/notation/resolve.hpp"
#include "tests/text_of.hpp"

namespace chalktape::tests {

inline std::vector<std::filesystem::path> published_files() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator("examples/published")) {
    if (entry.path().extension() == ".chalk") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

inline language::Layer no_other_files(const std::string& file, const std::optional<std::string>& /*name*/) {
  throw std::runtime_error("cannot read '" + file + "'");
}

/// What is wrong with the text, rendered, or "".
inline std::string errors_of(const std::string& text) {
  const auto file = claims::read_claims(text, "test.chalk", no_other_files);
  return file.diagnostics.render(file.source);
}

inline claims::ClaimFile claims_of(const std::string& text, const std::string& name = "test.chalk") {
  claims::ClaimFile file = claims::read_claims(text, name, no_other_files);
  if (!file.diagnostics.empty()) throw language::Error(file.diagnostics, file.source);
  return file;
}

}  // namespace chalktape::tests
