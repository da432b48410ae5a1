package io.towpath.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an application sees: types of ours, of the JDK, and of Jackson's tree and mapper. */
class PublicApiTest {
  private static final JavaClasses MAIN =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages(
              "io.towpath.engine",
              "io.towpath.adapter",
              "io.towpath.socket",
              "io.towpath.websocket",
              "io.towpath.longpoll",
              "io.towpath.msgpack",
              "io.towpath.server");

  private static final List<String> FOREIGN =
      List.of(
          "io.undertow.", "org.xnio.", "org.jboss.", "com.fasterxml.jackson.core.", "org.slf4j.");

  /** Where applications bring an Undertow of their own. */
  private static final Set<String> WANTED =
      Set.of(
          "io.towpath.server.TowpathHandler is a io.undertow.server.HttpHandler",
          "io.towpath.server.TowpathHandler.before(io.undertow.server.HttpHandler)"
              + " shows io.undertow.server.HttpHandler",
          "io.towpath.server.TowpathHandler.handleRequest(io.undertow.server.HttpServerExchange)"
              + " shows io.undertow.server.HttpServerExchange",
          "io.towpath.server.TowpathServer$Builder.handler(io.undertow.server.HttpHandler)"
              + " shows io.undertow.server.HttpHandler",
          "io.towpath.server.WebSocketEndpoint is a io.undertow.server.HttpHandler",
          "io.towpath.server.WebSocketEndpoint.handleRequest(io.undertow.server.HttpServerExchange)"
              + " shows io.undertow.server.HttpServerExchange");

  private static boolean isSeen(JavaClass type) {
    boolean open = type.getModifiers().contains(JavaModifier.PUBLIC);
    return open && type.getEnclosingClass().map(PublicApiTest::isSeen).orElse(true);
  }

  private static boolean isSeen(JavaMember member) {
    return member.getModifiers().contains(JavaModifier.PUBLIC)
        || member.getModifiers().contains(JavaModifier.PROTECTED);
  }

  private static Set<String> leaks(JavaClasses classes) {
    Set<String> leaks = new TreeSet<>();
    for (JavaClass type : classes) {
      if (!isSeen(type)) {
        continue;
      }
      List<JavaType> parents = new ArrayList<>(type.getInterfaces());
      type.getSuperclass().ifPresent(parents::add);
      for (JavaType parent : parents) {
        foreign(parent).forEach(name -> leaks.add(type.getName() + " is a " + name));
      }
      for (JavaMember member : type.getMembers()) {
        if (isSeen(member)) {
          shown(member).stream()
              .flatMap(shown -> foreign(shown).stream())
              .forEach(name -> leaks.add(member.getFullName() + " shows " + name));
        }
      }
    }
    return leaks;
  }

  private static List<JavaType> shown(JavaMember member) {
    if (member instanceof JavaField field) {
      return List.of(field.getType());
    }
    JavaCodeUnit unit = (JavaCodeUnit) member;
    List<JavaType> shown = new ArrayList<>(unit.getParameterTypes());
    shown.add(unit.getReturnType());
    shown.addAll(unit.getExceptionTypes());
    return shown;
  }

  private static Set<String> foreign(JavaType type) {
    return type.getAllInvolvedRawTypes().stream()
        .map(JavaClass::getName)
        .filter(name -> FOREIGN.stream().anyMatch(name::startsWith))
        .collect(Collectors.toSet());
  }

  @Test
  void nothingOfUndertowXnioOrJacksonsStreamsIsShownWhereNobodyNeedsIt() {
    assertEquals(new TreeSet<>(WANTED), leaks(MAIN));
  }

  @Test
  void theRuleSeesFieldsParametersResultsExceptionsAndTypeArguments() {
    Set<String> leaks = leaks(new ClassFileImporter().importClasses(LeakingApi.class));
    String type = LeakingApi.class.getName();
    String method = type + ".method(io.undertow.Undertow) shows ";
    assertEquals(
        new TreeSet<>(
            Set.of(
                type + ".field shows com.fasterxml.jackson.core.JsonParser",
                method + "io.undertow.Undertow",
                method + "org.xnio.XnioWorker",
                method + "com.fasterxml.jackson.core.JsonParseException")),
        leaks);
    assertFalse(isSeen(MAIN.get("io.towpath.server.EngineEndpoint")));
    assertTrue(isSeen(MAIN.get("io.towpath.server.TowpathServer$Builder")));
  }

  @ParameterizedTest
  @CsvSource({
    "core, io.towpath.core, 'io.towpath.adapter io.towpath.engine io.towpath.socket'",
    "transport-websocket, io.towpath.websocket, io.towpath.websocket",
    "transport-longpoll, io.towpath.longpoll, io.towpath.longpoll",
    "parser-msgpack, io.towpath.msgpack, io.towpath.msgpack"
  })
  void aModuleExportsWhatItsPageSaysAndOpensNothing(String folder, String name, String packages) {
    ModuleDescriptor module =
        ModuleFinder.of(Path.of("..", folder, "target", "classes"))
            .find(name)
            .orElseThrow()
            .descriptor();
    assertEquals(
        Set.of(packages.split(" ")),
        module.exports().stream()
            .filter(exported -> !exported.isQualified())
            .map(ModuleDescriptor.Exports::source)
            .collect(Collectors.toSet()));
    assertEquals(Set.of(), module.opens());
    assertFalse(module.isOpen());
  }
}
