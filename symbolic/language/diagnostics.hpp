// What is wrong with a file, where, and what may help.
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "symbolic/language/expression.hpp"
#include "symbolic/language/source.hpp"

namespace chalktape::language {

/// One error. `message` says what is wrong, without a full stop; `hint` (may be empty) what may help.
struct Diagnostic {
  Span span;
  std::string message;
  std::string hint;
};

/// The errors of one source, kept up to a limit and counted beyond it.
class Diagnostics {
 public:
  void add(Diagnostic diagnostic);
  void add(Span span, std::string message, std::string hint = {});

  [[nodiscard]] bool empty() const { return entries_.empty(); }
  /// All that were added, those beyond the limit included.
  [[nodiscard]] std::size_t size() const { return entries_.size() + dropped_; }
  /// False once there are so many errors that looking for near names would take long.
  [[nodiscard]] bool wants_name_hints() const;
  /// Sorted by place, each once.
  [[nodiscard]] std::vector<Diagnostic> sorted() const;
  /// For each error `file:line:column: error: message`, the source line, a caret line and, where there is one,
  /// `hint: …`; sorted by place. Long lines are cut to a window around the caret.
  [[nodiscard]] std::string render(const Source& source) const;

 private:
  std::vector<Diagnostic> entries_;
  std::size_t dropped_ = 0;
};

/// Bad input, thrown once everything wrong with it is known; what() is the rendered list.
class Error : public std::runtime_error {
 public:
  Error(const Diagnostics& diagnostics, const Source& source);
  [[nodiscard]] const std::vector<Diagnostic>& diagnostics() const { return diagnostics_; }

 private:
  std::vector<Diagnostic> diagnostics_;
};

/// The candidate nearest to `name` by edit distance, empty where none is near enough to be meant. Ties go to the
/// first candidate.
[[nodiscard]] std::string nearest_name(std::string_view name, const std::vector<std::string>& candidates);

/// `did you mean 'mu'?`, or an empty string where no candidate is near.
[[nodiscard]] std::string nearest_name_hint(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace chalktape::language
