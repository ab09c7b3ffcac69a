// Emitted C++, compiled by the machine's compiler and loaded.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/tensor/tensor.hpp"
#include "symbolic/emit/program.hpp"
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

/// A layer's emitted code with all its arrays at hand, to be run again and again.
class EmittedLayer {
 public:
  /// Its two functions; they write into `results`.
  void forward() const { forward_(); }
  /// After a forward.
  void backward() const { backward_(); }
  [[nodiscard]] const EmittedResults& results() const { return *results_; }

 private:
  friend class EmittedCode;
  std::function<void()> forward_, backward_;
  std::shared_ptr<EmittedResults> results_;
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

  /// The driver with this prefix, on the problem's numbers and in its dtype. The result must not outlive the code.
  /// Throws Error where there is none.
  [[nodiscard]] EmittedLayer bind(const Problem& problem, const std::string& prefix) const;
  /// Binds it and runs it once.
  [[nodiscard]] EmittedResults run(const Problem& problem, const std::string& prefix) const;

 private:
  template <class T>
  [[nodiscard]] EmittedLayer bind_as(const Problem& problem, const std::string& prefix) const;
  [[nodiscard]] void* address_of(const std::string& name) const;
  void* handle_;
};

/// Writes the header that emit::cpp_source gave for the program and its driver into a private folder, compiles and
/// loads them. Throws Error where that fails, std::system_error where no program can be started.
[[nodiscard]] std::unique_ptr<EmittedCode> compiled(const emit::Program& program, const std::string& header,
                                                    const std::string& prefix,
                                                    const std::vector<std::string>& flags = {});

}  // namespace chalktape::roads
