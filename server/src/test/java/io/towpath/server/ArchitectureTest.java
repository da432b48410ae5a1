package io.towpath.server;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which way dependencies point; from here every module can be seen. */
class ArchitectureTest {
  private static final JavaClasses MAIN =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.towpath");

  private static final String ENGINE = "io.towpath.engine..";
  private static final String ADAPTER = "io.towpath.adapter..";
  private static final String SOCKET = "io.towpath.socket..";
  private static final String WEBSOCKET = "io.towpath.websocket..";
  private static final String LONGPOLL = "io.towpath.longpoll..";
  private static final String SERVER = "io.towpath.server..";
  private static final String TESTKIT = "io.towpath.testkit..";

  private static void mayNotSee(String from, String... forbidden) {
    noClasses()
        .that()
        .resideInAPackage(from)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(forbidden)
        .check(MAIN);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "io.towpath.engine.EngineSession",
        "io.towpath.adapter.Adapter",
        "io.towpath.socket.Socket",
        "io.towpath.websocket.FrameDecoder",
        "io.towpath.longpoll.PollingTransport",
        "io.towpath.server.TowpathServer",
        "io.towpath.testkit.HostileProxy"
      })
  void theRulesSeeEveryModule(String type) {
    assertTrue(MAIN.contain(type));
  }

  @Test
  void theEngineSeesNothingAboveIt() {
    mayNotSee(ENGINE, ADAPTER, SOCKET, WEBSOCKET, LONGPOLL, SERVER, TESTKIT);
  }

  @Test
  void theAdapterSeesTheEngineOnly() {
    mayNotSee(ADAPTER, SOCKET, WEBSOCKET, LONGPOLL, SERVER, TESTKIT);
  }

  @Test
  void theEventsSeeNoTransport() {
    mayNotSee(SOCKET, WEBSOCKET, LONGPOLL, SERVER, TESTKIT);
  }

  @Test
  void aTransportSeesTheEngineAndNoOtherTransport() {
    mayNotSee(WEBSOCKET, ADAPTER, SOCKET, LONGPOLL, SERVER, TESTKIT);
    mayNotSee(LONGPOLL, ADAPTER, SOCKET, WEBSOCKET, SERVER, TESTKIT);
  }

  @Test
  void theServerDoesNotSeeTheTestkit() {
    mayNotSee(SERVER, TESTKIT);
  }

  @Test
  void onlyTheServerKnowsUndertow() {
    noClasses()
        .that()
        .resideOutsideOfPackage(SERVER)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.undertow..", "org.xnio..")
        .check(MAIN);
  }

  @Test
  void packagesHaveNoCycles() {
    slices().matching("io.towpath.(*)..").should().beFreeOfCycles().check(MAIN);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Manager", "Helper", "Util", "Utils", "Impl", "Base", "Wrapper", "Misc"})
  void noNameHidesWhatAClassIs(String suffix) {
    noClasses().should().haveSimpleNameEndingWith(suffix).check(MAIN);
  }

  @Test
  void theProductWritesToNoStandardStream() {
    noClasses()
        .that()
        .resideInAnyPackage(ENGINE, ADAPTER, SOCKET, WEBSOCKET, LONGPOLL, SERVER)
        .should(ACCESS_STANDARD_STREAMS)
        .check(MAIN);
  }

  @Test
  void nothingIsSerializedTheJavaWay() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.io.ObjectInputStream")
        .orShould()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.io.ObjectOutputStream")
        .orShould()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.io.Externalizable")
        .check(MAIN);
  }

  @Test
  void onlyTheServersClockSleepsOrReadsTheTime() {
    noClasses()
        .that()
        .resideInAnyPackage(ENGINE, ADAPTER, WEBSOCKET, LONGPOLL)
        .should()
        .callMethod(System.class, "nanoTime")
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .callMethod(Thread.class, "sleep", long.class)
        .check(MAIN);
  }
}
