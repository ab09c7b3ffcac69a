#include <optional>
#include <string>
#include <system_error>

#include <fmt/format.h>

#include "symbolic/check/checker.hpp"
#include "symbolic/check/verify.hpp"
#include "symbolic/emit/cpp.hpp"
#include "symbolic/notation/formula.hpp"
#include "symbolic/roads/emitted_code.hpp"
#include "symbolic/roads/road.hpp"

namespace chalktape::roads {
namespace {

constexpr const char* prefix = "chalktape_emitted";

class EmittedRoad final : public Road {
 public:
  [[nodiscard]] std::string_view name() const override { return "emitted"; }

  [[nodiscard]] std::optional<std::string> unavailable(const language::Layer& layer) override {
    code_.reset();
    try {
      const emit::Program program = emit::make_program(check::verified_derivation(layer));
      const emit::CppSource source = emit::cpp_source(program);
      code_ = compiled(program, source.header, prefix);
      cost_ = {source.sweeps, source.saved};
      return std::nullopt;
    } catch (const derive::Error& error) {
      return std::string(error.what());
    } catch (const notation::Error& error) {
      return std::string(error.what());
    } catch (const check::Error& error) {
      return std::string(error.what());
    } catch (const lower::Error& error) {
      return std::string(error.what());
    } catch (const std::system_error& error) {
      return fmt::format("the emitted code cannot be compiled: {}", error.what());
    } catch (const Error& error) {
      return std::string(error.what());
    }
  }

  [[nodiscard]] Walk walk(const Problem& problem) override {
    Walk walk;
    walk.gradients = code_->run(problem, prefix).gradients;
    walk.cost = cost_;
    return walk;
  }

 private:
  Cost cost_;
  std::unique_ptr<EmittedCode> code_;  // of the layer that was asked about last
};

}  // namespace

std::unique_ptr<Road> emitted_road() { return std::make_unique<EmittedRoad>(); }

}  // namespace chalktape::roads
