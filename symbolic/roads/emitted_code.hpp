// Emitted C++, compiled by the machine's compiler and loaded.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/tensor.hpp"
#include "symbolic/roads/problem.hpp"

namespace chalktape::roads {

/// The compilers to try: what the environment's CXX names, if that is one word, then c++, g++, clang++.
[[nodiscard]] std::vector<std::string> compilers();

/// Why the source cannot be compiled to a shared library at `library` by any of the compilers; nullopt where it has
/// been. The first that exists decides. No shell is involved.
[[nodiscard]] std::optional<std::string> compile(const std::filesystem::path& source,
                                                 const std::filesystem::path& library,
                                                 const std::vector<std::string>& compilers,
                                                 const std::vector<std::string>& flags = {});

/// What a layer's emitted code gave.
struct EmittedResults {
  std::map<std::string, engine::Tensor> outputs, gradients;  ///< gradients by tensor
};

/// Drivers (emit/cpp_driver.hpp) in a shared library, which is unloaded at the end.
class EmittedCode {
 public:
  /// Throws Error where it cannot be loaded.
  explicit EmittedCode(const std::filesystem::path& library);
  ~EmittedCode();
  EmittedCode(const EmittedCode&) = delete;
  EmittedCode& operator=(const EmittedCode&) = delete;
  EmittedCode(EmittedCode&&) = delete;
  EmittedCode& operator=(EmittedCode&&) = delete;

  /// Runs the driver with this prefix, in the problem's dtype. Throws Error where there is none.
  [[nodiscard]] EmittedResults run(const Problem& problem, const std::string& prefix) const;

 private:
  template <class T>
  [[nodiscard]] EmittedResults run_as(const Problem& problem, const std::string& prefix) const;
  void* handle_;
};

}  // namespace chalktape::roads
