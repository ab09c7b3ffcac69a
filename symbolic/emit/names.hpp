// The layer's names as identifiers of a target language.
#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "symbolic/emit/program.hpp"

namespace chalktape::emit {

/// Names of the language are C identifiers, so nothing but words can come out of here: no file can smuggle code into
/// what is emitted. A name that means something else in the target gets a trailing underscore, and so does one that
/// another name has become.
class Names {
 public:
  /// All names of the program. `words` are the target's: keywords, macros.
  Names(const Program& program, std::span<const std::string_view> words);

  /// The identifier of a name of the program; throws std::out_of_range.
  [[nodiscard]] const std::string& of(const std::string& name) const { return identifiers_.at(name); }
  /// An identifier that nothing has: `wanted`, with underscores as needed. The same one each time.
  const std::string& helper(const std::string& wanted);

 private:
  [[nodiscard]] std::string free(const std::string& wanted);

  std::set<std::string, std::less<>> taken_;
  std::map<std::string, std::string> identifiers_, helpers_;
};

}  // namespace chalktape::emit
