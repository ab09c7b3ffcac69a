// The layer's names as identifiers of a target language.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "symbolic/emit/program.hpp"

namespace chalktape::emit {

/// Names of the language are C identifiers, so nothing but words can come out of here: no file can smuggle code into
/// what is emitted. A name that means something else in the target gets a trailing underscore, and so does one that
/// another name has become.
class Names {
 public:
  /// All names of the program. `is_word` knows the target's words: keywords, macros.
  Names(const Program& program, const std::function<bool(std::string_view)>& is_word);

  /// The identifier of a name of the program; throws std::out_of_range.
  [[nodiscard]] const std::string& of(const std::string& name) const { return identifiers_.at(name); }
  /// An identifier that nothing has: `wanted`, with underscores as needed. The same one each time for the same purpose.
  const std::string& helper(const std::string& wanted, const std::string& purpose = {});

 private:
  [[nodiscard]] std::string free(const std::string& wanted);

  std::function<bool(std::string_view)> is_word_;
  std::set<std::string> taken_;
  std::map<std::string, std::string> identifiers_, helpers_;
};

}  // namespace chalktape::emit
