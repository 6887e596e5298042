package io.veilora.client.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.veilora.client.linear.StepCosts;
import io.veilora.client.train.ProcessorUse;
import io.veilora.client.train.TrainingEvent.Evaluated;
import io.veilora.client.train.TrainingEvent.StepFinished;
import io.veilora.protocol.wire.ProtocolJson;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

class HtmlReportTest {
    private static final long SECOND = 1_000_000_000L;
    private static final String NASTY = "<script>alert('1')</script>&\"";

    private static List<StepFinished> steps(int count) {
        return steps(count, 0);
    }

    private static List<StepFinished> steps(int count, long streamedHintBytes) {
        List<StepFinished> steps = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            StepCosts.Totals costs = new StepCosts.Totals(
                    68,
                    17408,
                    SECOND / 2,
                    9,
                    SECOND,
                    3_000_000,
                    1_000_000,
                    500,
                    750,
                    1000,
                    streamedHintBytes,
                    7_654_321);
            steps.add(new StepFinished(i, 4.0 / i, 1e-3, 1, 512, 300, 2, costs, new ProcessorUse(1, 4)));
        }
        return steps;
    }

    private static final List<Evaluated> EVALUATIONS =
            List.of(new Evaluated(0, 4.1234, 100, 1), new Evaluated(40, 2.5678, 100, 1));

    private static String render(List<StepFinished> steps, List<Evaluated> evaluations) throws Exception {
        JsonNode config = ProtocolJson.MAPPER
                .createObjectNode()
                .put("folder", NASTY)
                .set("lora", ProtocolJson.MAPPER.createObjectNode().put("rank", 8));
        TrainingReport report = TrainingReport.of("encrypted", 2_800_000_000L, steps, evaluations, null);
        return new HtmlReport("first & <last>", report, steps, evaluations).render(config, 0.789);
    }

    private static Document parse(String html) throws Exception {
        return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new InputSource(new StringReader(html)));
    }

    private static List<Element> elements(Document page, String name) {
        NodeList nodes = page.getElementsByTagName(name);
        List<Element> elements = new ArrayList<>();
        for (int i = 0; i < nodes.getLength(); i++) {
            elements.add((Element) nodes.item(i));
        }
        return elements;
    }

    @Test
    void showsLossLearningRateSpeedTrafficAndTimeAsWellFormedSvgWithTitleAndDescription() throws Exception {
        Document page = parse(render(steps(40), EVALUATIONS));
        List<Element> charts = elements(page, "svg");
        assertThat(charts)
                .extracting(svg -> svg.getElementsByTagName("title")
                        .item(0)
                        .getTextContent()
                        .strip())
                .containsExactly(
                        "Loss (nats per labelled token)",
                        "Learning rate",
                        "Tokens per second",
                        "Traffic (MB, summed up)",
                        "Time by part");
        assertThat(charts).allSatisfy(svg -> {
            assertThat(svg.getAttribute("role")).isEqualTo("img");
            String[] ids = svg.getAttribute("aria-labelledby").split(" ");
            Element title = (Element) svg.getElementsByTagName("title").item(0);
            Element description = (Element) svg.getElementsByTagName("desc").item(0);
            assertThat(ids).containsExactly(title.getAttribute("id"), description.getAttribute("id"));
            assertThat(description.getTextContent()).matches("(?s).*[0-9].*");
        });
        assertThat(elements(page, "path")).hasSize(6); // two losses, rate, speed, up and down
        assertThat(elements(page, "circle")).hasSize(EVALUATIONS.size());
        assertThat(elements(page, "rect")).hasSize(5);
    }

    @Test
    void theFiguresAreThere() throws Exception {
        String text = parse(render(steps(40), EVALUATIONS)).getDocumentElement().getTextContent();
        assertThat(text)
                .contains("4.1234", "2.5678", "encrypted", "256.0", "5,859", "1,953", "78.9 %", "lora.rank")
                .contains(
                        "Client's cores busy25.0 %", "Waiting for the provider50.0 %", "Most bytes in flight7,654,321")
                .contains("120.0 MB up, 40.0 MB down")
                .contains("Training loss from 4.0000 to 0.1000.");
    }

    @Test
    void hintsAreNamedApartFromTheTrafficOfSteps() throws Exception {
        Document kept = parse(render(steps(40), EVALUATIONS));
        assertThat(kept.getDocumentElement().getTextContent())
                .contains("Hints on disk", "2.8 GB", "Hints streamed", "0 B")
                .doesNotContain("of streamed hints");
        Document streamed = parse(render(steps(40, 7_000_000), EVALUATIONS));
        assertThat(streamed.getDocumentElement().getTextContent())
                .contains("120.0 MB up, 40.0 MB down. 280.0 MB of streamed hints.", "280.0 MB", "1,953");
        assertThat(elements(streamed, "path")).hasSize(elements(kept, "path").size() + 1);
    }

    @Test
    void theSharesOfTheTimeAddUpToTheWholeBar() throws Exception {
        double sum = elements(parse(render(steps(3), EVALUATIONS)), "rect").stream()
                .mapToDouble(part -> Double.parseDouble(part.getAttribute("width")))
                .sum();
        assertThat(sum).isBetween(99.9, 100.1);
    }

    @Test
    void namesNothingOutsideItselfAndRunsNoScript() throws Exception {
        String html = render(steps(40), EVALUATIONS);
        assertThat(html).doesNotContainPattern("(?i)(https?:)?//|src=|href=|url\\(|@import|<script");
        assertThat(html).contains("default-src 'none'");
    }

    @Test
    void textIsEscaped() throws Exception {
        String html = render(steps(2), EVALUATIONS);
        assertThat(html).doesNotContain(NASTY).doesNotContain("<last>");
        Document page = parse(html);
        assertThat(elements(page, "h1").getFirst().getTextContent()).isEqualTo("Run first & <last>");
        assertThat(elements(page, "td").stream().map(Element::getTextContent)).contains("8");
    }

    @Test
    void aLongRunIsDrawnWithAThousandPointsAndOneWithoutStepsWithoutCurves() throws Exception {
        List<Element> paths = elements(parse(render(steps(5000), List.of())), "path");
        assertThat(paths.getFirst().getAttribute("d").split("L")).hasSize(1000);
        assertThat(elements(parse(render(List.of(), List.of())), "path")).isEmpty();
        assertThat(elements(parse(render(List.of(), EVALUATIONS)), "path")).hasSize(1);
    }
}
